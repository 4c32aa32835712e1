// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/writers/Guardian.h"

#include "requester/process/Command.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace fss::requester {

namespace {

std::string joined(const std::vector<std::string> &parts)
{
	std::string out;
	for (const std::string &part : parts)
		if (!part.empty())
			out += (out.empty() ? "" : "; ") + part;
	return out;
}

std::vector<std::string> variablesOf(const SetSpec &spec)
{
	std::string shares;
	for (const Unc &share : spec.shares)
		shares += (shares.empty() ? "" : " ") + share.given;
	return {"SMBSHADOW_SHARES=" + shares, "SMBSHADOW_SET=" + braced(spec.id)};
}

} // namespace

Guardian::Guardian(const SetSpec &spec, Channel &channel)
        : spec_(spec), channel_(channel), variables_(variablesOf(spec))
{
}

void Guardian::run()
{
	for (;;) {
		if (!channel_.wait(until_)) {
			late_ = joined(
			        {fmt::format("the writers had been frozen for {:g} s, and were "
			                     "thawed before all was done",
			                     std::chrono::duration<double>(spec_.budgets.frozen)
			                             .count()),
			         thaw()});
			continue;
		}
		const auto message = channel_.receive();
		if (!message) {
			thaw();
			return;
		}
		serve(*message);
	}
}

void Guardian::serve(const std::string &message)
{
	std::string wrong;
	if (message == "freeze")
		wrong = freeze();
	else if (message == "thaw")
		wrong = late_.empty() ? thaw() : std::exchange(late_, std::string());
	else
		return; // a "stop" that came when all was frozen
	channel_.send(wrong.empty() ? allRight : wrong);
}

std::string Guardian::freeze()
{
	until_ = in(spec_.budgets.frozen);
	for (const Writer &writer : spec_.writers) {
		frozen_.push_back(&writer); // also one that fails may have stopped something
		const std::string wrong = command(writer, writer.freeze, "freeze", channel_.fd());
		if (!wrong.empty()) {
			const std::string thawing = thaw();
			return thawing.empty() ? wrong : wrong + "; " + thawing;
		}
	}
	return {};
}

std::string Guardian::thaw()
{
	std::vector<std::string> wrong;
	for (auto writer = frozen_.rbegin(); writer != frozen_.rend(); ++writer)
		if (auto text = command(**writer, (*writer)->thaw, "thaw", -1); !text.empty())
			wrong.push_back(text +
			                "; the application may still be frozen: thaw it by hand");
	frozen_.clear();
	until_.reset();
	return joined(wrong);
}

std::string Guardian::command(const Writer &writer, const std::string &text, const char *phase,
                              int interrupt)
{
	if (text.empty())
		return {};
	std::vector<std::string> variables = variables_;
	variables.push_back(std::string("SMBSHADOW_PHASE=") + phase);
	auto budget = spec_.budgets.hook;
	if (interrupt >= 0) // a freeze: also within the time that all are frozen
		budget = std::min(budget, std::chrono::ceil<std::chrono::milliseconds>(
		                                  *until_ - std::chrono::steady_clock::now()));
	const std::string wrong = runCommand(text, variables, budget, interrupt);
	return wrong.empty()
	               ? wrong
	               : fmt::format("{} command of {} ({}) {}", phase, writer.name, text, wrong);
}

} // namespace fss::requester
