// SPDX-License-Identifier: GPL-3.0-or-later
#include "command_line/CommandLine.h"

#include "command_line/StandardOutput.h"

#include <CLI/CLI.hpp>
#include <sstream>

namespace fss::cli {

Option &Option::required()
{
	option_->required();
	return *this;
}

Option &Option::valueName(const std::string &name)
{
	option_->type_name(name);
	return *this;
}

Option &Option::showDefault()
{
	option_->capture_default_str();
	return *this;
}

Option &Option::showDefault(const std::string &text)
{
	option_->default_str(text);
	return *this;
}

Option &Option::count(int lowest, int highest)
{
	option_->expected(lowest, highest);
	return *this;
}

Option &Option::oneValueEach()
{
	option_->allow_extra_args(false);
	return *this;
}

Option &Option::range(int lowest, int highest)
{
	option_->check(CLI::Range(lowest, highest));
	return *this;
}

Option &Option::check(std::function<std::string(const std::string &)> problem)
{
	option_->check(std::move(problem));
	return *this;
}

Option &Option::oneOf(const std::vector<std::string> &words)
{
	option_->check(CLI::IsMember(words));
	return *this;
}

Option &Option::oneOfIgnoringCase(const std::vector<std::string> &words)
{
	option_->transform(CLI::IsMember(words, CLI::ignore_case));
	return *this;
}

Option &Option::excludes(const Option &other)
{
	option_->excludes(other.option_);
	return *this;
}

Option &Option::heading(const std::string &text)
{
	option_->group(text);
	return *this;
}

Command Command::command(const std::string &name, const std::string &about)
{
	return Command(app_->add_subcommand(name, about));
}

Command Command::anyOf(const std::string &name)
{
	auto *group = app_->add_option_group(name);
	group->require_option(1, 0);
	return Command(group);
}

Option Command::option(const std::string &names, std::string &value, const std::string &about)
{
	return Option(app_->add_option(names, value, about));
}

Option Command::option(const std::string &names, std::vector<std::string> &values,
                       const std::string &about)
{
	return Option(app_->add_option(names, values, about));
}

Option Command::option(const std::string &names, int &value, const std::string &about)
{
	return Option(app_->add_option(names, value, about));
}

Option Command::option(const std::string &names, unsigned &value, const std::string &about)
{
	return Option(app_->add_option(names, value, about));
}

Option Command::option(const std::string &names, uint16_t &value, const std::string &about)
{
	return Option(app_->add_option(names, value, about));
}

Option Command::flag(const std::string &names, bool &value, const std::string &about)
{
	return Option(app_->add_flag(names, value, about));
}

void Command::runs(std::function<void()> action)
{
	app_->callback(std::move(action));
}

Program::Program(std::unique_ptr<CLI::App> app) : Command(app.get()), owned_(std::move(app)) {}

Program::Program(const std::string &about, const std::string &name, Repeated repeated)
        : Program(std::make_unique<CLI::App>(about, name))
{
	if (repeated == Repeated::LastCounts)
		app_->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
	app_->require_subcommand(1);
	app_->fallthrough();
}

Program::~Program() = default;

void Program::version(const std::string &names, const std::string &text)
{
	app_->set_version_flag(names, text);
}

Program::Parsed Program::parse(int argc, char **argv)
{
	try {
		app_->parse(argc, argv);
	} catch (const CLI::ParseError &error) {
		std::ostringstream out;
		const int code = app_->exit(error, out);
		print(out.str());
		return code == 0 ? Parsed::Done : Parsed::Wrong;
	}
	return Parsed::Run;
}

std::string Program::chosen() const
{
	return app_->get_subcommands().front()->get_name();
}

} // namespace fss::cli
