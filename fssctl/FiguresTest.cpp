// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Figures.h"
#include "fssctl/testing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <regex>
#include <sstream>

namespace fssctl {
namespace {

using namespace fssctl::testing;
using namespace std::chrono_literals;
using ::testing::HasSubstr;

Figures sampleFigures()
{
	auto survey = sample();
	survey.sets[1].set.undoing = true;
	survey.counters.commits = 3;
	survey.counters.failures[0x8004230C] = 2;
	survey.counters.hold.observe(1ms);
	survey.counters.hold.observe(1001us);
	survey.counters.hold.observe(20s);
	return figuresOf(survey);
}

TEST(Figures, CountWhatIsThere)
{
	const auto figures = sampleFigures();
	EXPECT_EQ(figures.sets.at("recovered"), 1U);
	EXPECT_EQ(figures.sets.at("removing"), 1U);
	EXPECT_EQ(figures.sets.at("exposed"), 0U);
	EXPECT_EQ(figures.snapshots, 3U);
	EXPECT_EQ(figures.exposedShares, 3U);
}

TEST(PrometheusText, IsWellFormed)
{
	const std::regex comment("# (HELP|TYPE) [a-z_]+ .+");
	const std::regex sample(R"([a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+)");
	auto figures = sampleFigures();
	figures.exclusiveBytes = 4096;
	std::istringstream lines(prometheusText(figures));
	size_t count = 0;
	for (std::string line; std::getline(lines, line); count++)
		EXPECT_TRUE(std::regex_match(line, comment) || std::regex_match(line, sample))
		        << line;
	EXPECT_GT(count, 40U);
}

TEST(PrometheusText, BucketsAreCumulativeAndEndWithAll)
{
	const auto text = prometheusText(sampleFigures());
	EXPECT_THAT(text, HasSubstr("samba_fss_hold_seconds_bucket{le=\"0.001\"} 1\n"));
	EXPECT_THAT(text, HasSubstr("samba_fss_hold_seconds_bucket{le=\"0.0025\"} 2\n"));
	EXPECT_THAT(text, HasSubstr("samba_fss_hold_seconds_bucket{le=\"10\"} 2\n"));
	EXPECT_THAT(text, HasSubstr("samba_fss_hold_seconds_bucket{le=\"+Inf\"} 3\n"));
	EXPECT_THAT(text, HasSubstr("samba_fss_hold_seconds_sum 20.002001\n"));
	EXPECT_THAT(text, HasSubstr("samba_fss_hold_seconds_count 3\n"));
}

TEST(PrometheusText, TellsFailuresByCode)
{
	EXPECT_THAT(prometheusText(sampleFigures()),
	            HasSubstr("samba_fss_call_failures_total{code=\"0x8004230C\",name=\""));
}

TEST(FiguresJson, HoldsTheSameFigures)
{
	const auto json = figuresJson(sampleFigures());
	EXPECT_EQ(json.at("version"), jsonVersion);
	EXPECT_EQ(json.at("sets").at("recovered"), 1);
	EXPECT_EQ(json.at("commits"), 3);
	EXPECT_TRUE(json.at("exclusive_bytes").is_null());
	EXPECT_EQ(json.at("failures").at(0).at("code"), "0x8004230C");
	EXPECT_EQ(json.at("hold").at("count"), 3);
	EXPECT_EQ(json.at("hold").at("buckets").back().at("le"), "+Inf");
}

} // namespace
} // namespace fssctl
