// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace fss {

/// Keeps this process alive when a file that it has mapped is cut short: what is
/// beyond the new end answers with SIGBUS. The whole mapping then becomes zeroed
/// memory of this process alone, which nobody else sees, but for a mark that says so.
class BusGuard {
public:
	static constexpr uint64_t replaced = UINT64_MAX;

	/// memory: the mapping, readable and writable; guarded as long as this exists.
	/// mark: a word in it that becomes `replaced` when the memory was.
	BusGuard(void *memory, size_t length, std::atomic<uint64_t> &mark);
	~BusGuard();
	BusGuard(const BusGuard &) = delete;
	BusGuard &operator=(const BusGuard &) = delete;

	struct Range {
		std::atomic<uintptr_t> start{0}; ///< 0: free
		std::atomic<size_t> length{0};
		std::atomic<std::atomic<uint64_t> *> mark{nullptr};
		Range *next = nullptr; ///< never changes once it is in the list
	};

private:
	Range &range_;
};

} // namespace fss
