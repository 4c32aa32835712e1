// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

/// The command line of fssctl and smbshadow, over CLI11. That library is a
/// header of 10,000 lines, which only CommandLine.cpp includes.
///
/// Values are bound by reference and filled by Program::parse(); they must live
/// until then.
namespace fss::cli {

/// An option or argument that was added, to say more of it.
class Option {
public:
	Option &required();
	/// The word in the help text that stands for its value; "": none.
	Option &valueName(const std::string &name);
	/// Shows the value that it has now as the default in the help text.
	Option &showDefault();
	/// Shows `text` as the default in the help text.
	Option &showDefault(const std::string &text);
	/// How many values it takes.
	Option &count(int lowest, int highest);
	/// Given again it takes a further value, but one value each time.
	Option &oneValueEach();
	/// A number from lowest to highest.
	Option &range(int lowest, int highest);
	/// problem(text) is what is wrong with a value, "" for nothing.
	Option &check(std::function<std::string(const std::string &)> problem);
	/// One of these words.
	Option &oneOf(const std::vector<std::string> &words);
	/// One of these words in upper or lower case; the value is as it stands here.
	Option &oneOfIgnoringCase(const std::vector<std::string> &words);
	/// Not together with the other one.
	Option &excludes(const Option &other);
	/// The heading in the help text under which it stands; "": it is not shown.
	Option &heading(const std::string &text);

private:
	friend class Command;
	explicit Option(CLI::Option *option) : option_(option) {}
	CLI::Option *option_;
};

/// A command, or a group of its options.
class Command {
public:
	/// Adds a command below this one. `about`: one line for the help text.
	Command command(const std::string &name, const std::string &about);
	/// Adds a group of options of which at least one must be given.
	Command anyOf(const std::string &name);

	/// Adds an option ("-k,--keep"), or an argument ("share").
	Option option(const std::string &names, std::string &value, const std::string &about = {});
	Option option(const std::string &names, std::vector<std::string> &values,
	              const std::string &about);
	Option option(const std::string &names, int &value, const std::string &about);
	Option option(const std::string &names, unsigned &value, const std::string &about);
	/// A port, 0 to 65535.
	Option option(const std::string &names, uint16_t &value, const std::string &about);
	/// Adds an option without a value.
	Option flag(const std::string &names, bool &value, const std::string &about);

	/// Has `action` called by parse() where the command line names this command.
	void runs(std::function<void()> action);

protected:
	explicit Command(CLI::App *app) : app_(app) {}
	CLI::App *app_;
};

/// A program of commands, of which one must be named.
class Program : public Command {
public:
	/// What an option means that takes one value and is given twice.
	enum class Repeated { Refused, LastCounts };

	Program(const std::string &about, const std::string &name,
	        Repeated repeated = Repeated::Refused);
	~Program();

	/// Adds an option that prints `text` and ends.
	void version(const std::string &names, const std::string &text);

	enum class Parsed {
		Run,   ///< all is read
		Done,  ///< help or version was asked for, and printed
		Wrong, ///< the command line is wrong, which was said on stderr
	};
	Parsed parse(int argc, char **argv);
	/// The name of the command that the command line named.
	std::string chosen() const;

private:
	explicit Program(std::unique_ptr<CLI::App> app);
	std::unique_ptr<CLI::App> owned_;
};

} // namespace fss::cli
