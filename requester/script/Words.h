// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/Failure.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fss::requester {

/// Upper case of ASCII letters: keywords and aliases have no case.
std::string upper(std::string_view text);

/// The names that stand for ids: %VSS_SHADOW_1%.
class Aliases {
public:
	void set(std::string_view name, std::string value);
	/// Of this script, else of the environment, as DiskShadow keeps them there.
	std::optional<std::string> find(std::string_view name) const;
	/// The alias with that value, if there is one.
	std::optional<std::string> nameOf(std::string_view value) const;
	void clear() { values_.clear(); }
	const std::map<std::string, std::string> &all() const { return values_; }

private:
	std::map<std::string, std::string> values_; ///< names in upper case
};

/// The words of a line; none for an empty line or a comment (#, // or REM at
/// its beginning). Blanks separate words unless they are in "double quotes",
/// where "" is a quote. %NAME% becomes the alias' value, and %% a percent sign.
/// A prompt before the command ("DISKSHADOW> ") is passed over, so that a
/// session can be played again.
Result<std::vector<std::string>> wordsOf(std::string_view line, const Aliases &aliases);

} // namespace fss::requester
