// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace fss {

/// What becomes of a part of the base share's definition in the exposed share.
enum class Treatment {
	Keep,    ///< taken over as it is
	Drop,    ///< made ineffective, also where [global] sets it for all shares
	Omit,    ///< left out
	Replace, ///< has a value of the exposed share's own in any case
	Rewrite, ///< taken over with its value changed
	Refuse,  ///< a share with it gets no shadow copies (modules only)
};

/// The Sambas, 4.x, that something is in; 0: no limit within those that are served.
struct Versions {
	int since = 0;  ///< the first that has it
	int before = 0; ///< the first that has it no more
};
constexpr Versions since(int minor)
{
	return {minor, 0};
}
constexpr Versions before(int minor)
{
	return {0, minor};
}

/// One share parameter of smb.conf.
struct ParameterRow {
	std::string_view name; ///< as testparm prints it
	Treatment treatment;
	/// Drop: what to set where the base share has, or [global] gives it, another;
	/// Replace: the value, or "" where it depends on the shadow copy.
	std::string_view value;
	std::string_view reason;
	Versions versions = {};
};

/// One member of "vfs objects".
struct ModuleRow {
	std::string_view name;
	Treatment treatment;
	std::string_view reason;
	/// A parametric option of a kept module that the exposed share has besides.
	std::string_view option = {};
	std::string_view value = {};
	Versions versions = {};
};

/// Every share parameter of Samba 4.17 to 4.25, in alphabetical order.
std::span<const ParameterRow> parameterTable();
/// Every module that Samba 4.17 to 4.25 has, in alphabetical order.
std::span<const ModuleRow> moduleTable();

/// A parameter's name as smb.conf compares it: without case and white space.
std::string normalisedParameter(std::string_view parameter);
/// The row of a parameter in any spelling, also a synonym; nullptr: there is none.
const ParameterRow *findParameter(std::string_view parameter);
/// The row of a module; nullptr: it is not one of Samba's.
const ModuleRow *findModule(std::string_view module);

} // namespace fss
