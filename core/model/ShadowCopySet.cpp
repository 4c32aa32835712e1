// SPDX-License-Identifier: GPL-3.0-or-later
#include "model/ShadowCopySet.h"

#include "protocol/Names.h"

#include <algorithm>

namespace fss {

ShadowCopy *ShadowCopySet::findCopy(const CopyId &copy)
{
	for (auto &candidate : copies)
		if (candidate.id == copy && !candidate.deleting)
			return &candidate;
	return nullptr;
}

ShareMapping *ShadowCopySet::findMapping(ShadowCopy &copy, std::string_view share)
{
	for (auto &mapping : copy.mappings)
		if (!mapping.deleting && sameName(mapping.share, share))
			return &mapping;
	return nullptr;
}

ShadowCopy *ShadowCopySet::findVolume(const VolumeId &volume)
{
	for (auto &copy : copies)
		if (copy.volume.id == volume && !copy.deleting)
			return &copy;
	return nullptr;
}

size_t ShadowCopySet::mappingCount() const
{
	size_t count = 0;
	for (const auto &copy : copies)
		count += copy.mappings.size();
	return count;
}

std::string ShadowCopySet::shareList() const
{
	std::string list;
	for (const auto &copy : copies)
		for (const auto &mapping : copy.mappings)
			list += (list.empty() ? "" : ", ") + mapping.share;
	return list;
}

std::vector<std::string> ShadowCopySet::exposedNames(bool deletingOnly) const
{
	std::vector<std::string> names;
	for (const auto &copy : copies)
		for (const auto &mapping : copy.mappings)
			if (!deletingOnly || mapping.deleting)
				names.push_back(mapping.exposedName);
	return names;
}

void ShadowCopySet::markDeleting(ShadowCopy &copy, ShareMapping &mapping)
{
	mapping.deleting = true;
	copy.deleting = std::all_of(copy.mappings.begin(), copy.mappings.end(),
	                            [](const auto &each) { return each.deleting; });
}

void ShadowCopySet::forgetDeleting()
{
	for (auto &copy : copies)
		std::erase_if(copy.mappings, [](const auto &each) { return each.deleting; });
	std::erase_if(copies, [](const auto &each) { return each.mappings.empty(); });
}

} // namespace fss
