// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/writers/WriterControl.h"

#include "requester/writers/Guardian.h"

#include <utility>

namespace fss::requester {

namespace {

constexpr auto slack = std::chrono::seconds(5);

class NoWriters : public WriterControl {
public:
	Result<void> freeze(const Cancellation &) override { return {}; }
	Result<void> thaw() override { return {}; }
	Deadline frozenUntil() const override { return Deadline::max(); }
};

class GuardedWriters : public WriterControl {
public:
	GuardedWriters(const SetSpec &spec, Child child)
	        : budgets_(spec.budgets), writers_(spec.writers.size()), child_(std::move(child))
	{
	}

	Result<void> freeze(const Cancellation &cancellation) override
	{
		until_ = in(budgets_.frozen);
		child_.channel().send("freeze");
		const bool stopped =
		        waitFor(child_.channel(), answerBy(), cancellation) == Waited::Cancelled;
		if (stopped)
			child_.channel().send("stop");
		auto frozen = answer("freeze the writers");
		begun_ = frozen.has_value(); // a freeze that failed has thawed
		if (!frozen && stopped)
			frozen.error().kind = FailureKind::Cancelled;
		return frozen;
	}

	Result<void> thaw() override
	{
		if (!std::exchange(begun_, false))
			return {};
		child_.channel().send("thaw");
		return answer("thaw the writers");
	}

	Deadline frozenUntil() const override { return until_; }

private:
	// Every writer may take its whole time, for freezing and for thawing.
	Deadline answerBy() const
	{
		return in(budgets_.hook * static_cast<int>(2 * writers_) + budgets_.frozen + slack);
	}

	Result<void> answer(const char *step)
	{
		const bool there = child_.channel().wait(answerBy());
		const auto text = there ? child_.channel().receive() : std::nullopt;
		if (text && *text == allRight)
			return {};
		return failed(
		        {.kind = FailureKind::Hook,
		         .step = step,
		         .reason = text ? *text : "the process that runs their commands has ended",
		         .advice = text ? ""
		                        : "see whether the application is frozen, and thaw it by "
		                          "hand"});
	}

	Budgets budgets_;
	size_t writers_;
	Child child_;
	bool begun_ = false;
	Deadline until_ = Deadline::max();
};

} // namespace

Result<std::unique_ptr<WriterControl>> controlWriters(const SetSpec &spec)
{
	if (spec.writers.empty())
		return std::make_unique<NoWriters>();
	auto child = Child::start(Child::Output::Errors,
	                          [&spec](Channel &channel) { Guardian(spec, channel).run(); });
	if (!child)
		return failed(child.error());
	return std::make_unique<GuardedWriters>(spec, std::move(*child));
}

} // namespace fss::requester
