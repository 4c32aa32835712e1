// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fss.h"

namespace fss {

/// A GUID. Compared as a value; its text form is Windows': upper case, no
/// braces.
class Guid {
public:
	Guid() = default;
	explicit Guid(const fss_guid &wire) : value_(wire) {}

	/// A new random GUID (RFC 9562 version 4) from the kernel's generator.
	static Guid random();
	/// Reads the 36-character form, in either case; nothing where it is none.
	static std::optional<Guid> parse(std::string_view text);

	bool isNil() const { return *this == Guid(); }
	std::string text() const;
	const fss_guid &wire() const { return value_; }

	friend bool operator==(const Guid &a, const Guid &b);

private:
	fss_guid value_{};
};

/// A GUID that names one kind of thing; ids of different kinds do not mix.
template <class Tag> class Id {
public:
	Id() = default;
	explicit Id(const Guid &guid) : guid_(guid) {}
	static Id random() { return Id(Guid::random()); }
	static std::optional<Id> parse(std::string_view text)
	{
		auto guid = Guid::parse(text);
		return guid ? std::optional<Id>(Id(*guid)) : std::nullopt;
	}
	bool isNil() const { return guid_.isNil(); }
	std::string text() const { return guid_.text(); }
	const Guid &guid() const { return guid_; }
	friend bool operator==(const Id &, const Id &) = default;

private:
	Guid guid_;
};

using SetId = Id<struct ShadowCopySetTag>;
using CopyId = Id<struct ShadowCopyTag>;

} // namespace fss
