// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "fssctl/Survey.h"

namespace fssctl::testing {

inline fss::SetId setId(const char *text)
{
	return *fss::SetId::parse(text);
}

inline fss::CopyId copyId(const char *text)
{
	return *fss::CopyId::parse(text);
}

/// A recovered set made at that time, with a shadow copy of each share.
inline SetView madeSet(const char *id, int64_t time,
                       const std::vector<std::pair<const char *, std::string>> &copies)
{
	SetView view;
	view.set.id = setId(id);
	view.set.status = fss::Status::Recovered;
	for (const auto &[copy, share] : copies) {
		auto &made = view.set.copies.emplace_back();
		made.id = copyId(copy);
		made.volume.id = "btrfs:" + share;
		made.created = made.taken = fss::fileTimeOf(time);
		auto &mapping = made.mappings.emplace_back();
		mapping.share = share;
		mapping.exposedName = share + "@{" + made.id.text() + "}";
		mapping.exposed = true;
	}
	return view;
}

inline constexpr const char *first = "AAAA1111-0000-0000-0000-000000000001";
inline constexpr const char *second = "AAAA2222-0000-0000-0000-000000000002";
inline constexpr const char *copy1 = "CCCC1111-0000-0000-0000-000000000001";
inline constexpr const char *copy2 = "CCCC2222-0000-0000-0000-000000000002";
inline constexpr const char *copy3 = "CCCC3333-0000-0000-0000-000000000003";

/// Two sets: of share1 and share2, an hour old; of share1, a minute old.
inline Survey sample()
{
	Survey survey;
	survey.now = 1'000'000;
	survey.sets = {madeSet(first, survey.now - 3600, {{copy1, "share1"}, {copy2, "share2"}}),
	               madeSet(second, survey.now - 60, {{copy3, "share1"}})};
	return survey;
}

} // namespace fssctl::testing
