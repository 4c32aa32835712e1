// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/doctor/Trial.h"

#include <gtest/gtest.h>

namespace fss::doctor {
namespace {

class FakeTrial : public Trial {
public:
	std::string way() const override { return "here"; }
	Result<void> create(const std::string &) override { return step(0); }
	Result<void> read() override { return step(1); }
	Result<void> remove() override { return step(2); }
	std::vector<Remedy> remedies(const Error &) override { return {command({"mend"})}; }

	int failing = -1;
	HResult code = HResult::Fail;
	std::vector<int> steps;

private:
	Result<void> step(int number)
	{
		steps.push_back(number);
		if (number == failing)
			return fail(code, "the step");
		return {};
	}
};

TEST(TrialTest, AllThreeStepsAreDone)
{
	FakeTrial trial;
	EXPECT_EQ(runTrial(trial, "data").verdict, Verdict::Ok);
	EXPECT_EQ(trial.steps, (std::vector{0, 1, 2}));
}

TEST(TrialTest, WhatWasMadeGoesWhateverFails)
{
	for (int failing = 0; failing < 3; failing++) {
		FakeTrial trial;
		trial.failing = failing;
		const auto finding = runTrial(trial, "data");
		EXPECT_EQ(finding.verdict, Verdict::Error);
		EXPECT_EQ(finding.remedies.size(), 1U);
		EXPECT_EQ(trial.steps.back(), 2);
	}
}

TEST(TrialTest, ABusyServerIsInOrder)
{
	FakeTrial trial;
	trial.failing = 0;
	trial.code = HResult::SetInProgress;
	EXPECT_EQ(runTrial(trial, "data").verdict, Verdict::Info);
}

} // namespace
} // namespace fss::doctor
