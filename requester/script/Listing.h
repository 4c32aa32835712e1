// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/ShadowSet.h"
#include "requester/script/Words.h"

namespace fss::requester {

/// Text in the shape of DiskShadow's.

/// The File Share Shadow Copy Provider's id on Windows, which stands for VSS
/// for SMB file shares wherever a provider is named.
inline constexpr std::string_view FileShareProvider = "{89300202-3cec-4981-9171-19f59559e0f2}";

/// "{7b53b887-…}": in lower case, as DiskShadow has them.
std::string idText(const std::string &guid);
template <class Tag> std::string idText(const Id<Tag> &id)
{
	return idText(id.text());
}

/// "\\SMBSOFS\VM\".
std::string volumeText(const ShadowCopy &copy);

/// VSS_VOLUME_SNAPSHOT_ATTRIBUTES of a set of file shares' copies.
uint32_t attributesOf(const Context &context);
/// "No_Auto_Release Persistent FileShare".
std::string attributesText(uint32_t attributes);

/// "5/30/2012 5:35:52 PM", in local time, of a FILETIME.
std::string timeText(int64_t fileTime);

/// All that is known of a shadow copy. machine: this one's name.
std::string copyText(const ShadowSet &set, const ShadowCopy &copy, const Aliases &aliases,
                     const std::string &machine);

/// "Deleting shadow copy {…} on volume … from provider … [Attributes: 0x…]..."
std::string deletingText(const ShadowSet &set, const ShadowCopy &copy);

} // namespace fss::requester
