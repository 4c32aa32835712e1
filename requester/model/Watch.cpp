// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/model/Watch.h"

namespace fss::requester {

std::string_view name(Phase phase)
{
	switch (phase) {
	case Phase::Connect:
		return "connect";
	case Phase::Add:
		return "add";
	case Phase::Prepare:
		return "prepare";
	case Phase::Freeze:
		return "freeze";
	case Phase::Commit:
		return "commit";
	case Phase::Thaw:
		return "thaw";
	case Phase::Expose:
		return "expose";
	case Phase::Complete:
		return "complete";
	case Phase::Abort:
		return "abort";
	case Phase::Delete:
		return "delete";
	}
	return "";
}

} // namespace fss::requester
