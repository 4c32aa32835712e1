// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/model/ShadowSet.h"
#include "requester/process/Child.h"

#include <string>
#include <vector>

namespace fss::requester {

/// The process that runs the writers' commands. It is asked "freeze", "stop"
/// (while freezing) and "thaw"; "freeze" and "thaw" are answered with what
/// was wrong, "ok" if nothing was. When the channel ends, or the time is up,
/// it thaws unasked.
class Guardian {
public:
	Guardian(const SetSpec &spec, Channel &channel);
	void run();

private:
	std::string freeze();
	std::string thaw();
	std::string command(const Writer &writer, const std::string &text, const char *phase,
	                    int interrupt);
	void serve(const std::string &message);

	const SetSpec &spec_;
	Channel &channel_;
	std::vector<std::string> variables_;
	std::vector<const Writer *> frozen_;
	std::optional<Deadline> until_;
	std::string late_; ///< of a thaw that nobody asked for
};

/// Answer of the guardian where nothing was wrong.
inline constexpr const char *allRight = "ok";

} // namespace fss::requester
