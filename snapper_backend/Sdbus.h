// SPDX-License-Identifier: GPL-3.0-or-later
/// sdbus-c++ 1 and 2: names have types of their own since 2, and methods are
/// served by a table.
#pragma once

#include <sdbus-c++/sdbus-c++.h>
#include <string>
#include <utility>
#include <vector>

namespace fss::snapper {

#if __has_include(<sdbus-c++/VTableItems.h>)

using ServiceName = sdbus::ServiceName;
using ObjectPath = sdbus::ObjectPath;
using InterfaceName = sdbus::InterfaceName;
using MethodName = sdbus::MethodName;
using ErrorName = sdbus::Error::Name;

/// Methods of one interface of an object, there once serve() was called.
class ServedMethods {
public:
	ServedMethods(sdbus::IObject &object, std::string interface)
	        : object_(object), interface_(std::move(interface))
	{
	}
	template <class Fn> void add(const std::string &name, Fn fn)
	{
		table_.emplace_back(sdbus::registerMethod(name).implementedAs(std::move(fn)));
	}
	void serve() { object_.addVTable(InterfaceName(interface_), std::move(table_)); }

private:
	sdbus::IObject &object_;
	std::string interface_;
	std::vector<sdbus::VTableItem> table_;
};

#else

using ServiceName = std::string;
using ObjectPath = std::string;
using InterfaceName = std::string;
using MethodName = std::string;
using ErrorName = std::string;

class ServedMethods {
public:
	ServedMethods(sdbus::IObject &object, std::string interface)
	        : object_(object), interface_(std::move(interface))
	{
	}
	template <class Fn> void add(const std::string &name, Fn fn)
	{
		object_.registerMethod(name).onInterface(interface_).implementedAs(std::move(fn));
	}
	void serve() { object_.finishRegistration(); }

private:
	sdbus::IObject &object_;
	std::string interface_;
};

#endif

} // namespace fss::snapper
