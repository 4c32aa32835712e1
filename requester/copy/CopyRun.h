// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "requester/copy/Meter.h"
#include "requester/copy/RemoteTree.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

namespace fss::requester {

/// What the threads of one copy, check or restore have in common: how far it
/// is, what went wrong, and whether it ends.
class CopyRun {
public:
	std::atomic<uint64_t> files = 0;
	std::atomic<uint64_t> directories = 0;
	std::atomic<uint64_t> bytes = 0;
	std::atomic<uint64_t> filesKnown = 0;
	std::atomic<uint64_t> bytesKnown = 0;
	std::atomic<bool> allKnown = false;

	bool stopping() const { return stopping_; }

	/// Ends all; the first failure is the run's.
	void stop(const Failure &failure)
	{
		std::lock_guard guard(lock_);
		if (!stopping_)
			fatal_ = failure;
		stopping_ = true;
	}

	/// Goes on without one file; what concerns all of them ends the run.
	void note(const Failure &failure)
	{
		if (failure.kind == FailureKind::Local)
			return stop(failure);
		std::lock_guard guard(lock_);
		++failures_;
		if (noted_.size() < MostNoted)
			noted_.push_back(failure);
	}

	std::optional<Failure> fatal() const
	{
		std::lock_guard guard(lock_);
		return fatal_;
	}
	std::vector<Failure> noted() const
	{
		std::lock_guard guard(lock_);
		return noted_;
	}
	uint64_t failures() const { return failures_; }

	CopyProgress progress() const
	{
		return {.files = files,
		        .bytes = bytes,
		        .filesKnown = filesKnown,
		        .bytesKnown = bytesKnown,
		        .allKnown = allKnown,
		        .left = {}};
	}

private:
	static constexpr size_t MostNoted = 100;

	mutable std::mutex lock_;
	std::atomic<bool> stopping_ = false;
	std::atomic<uint64_t> failures_ = 0;
	std::optional<Failure> fatal_;
	std::vector<Failure> noted_;
};

/// A connection of one thread that is made anew when it is lost, for as long
/// as the user has patience.
class PatientTree {
public:
	PatientTree(Connect connect, std::chrono::milliseconds patience, CopyRun &run)
	        : connect_(std::move(connect)), patience_(patience), run_(run)
	{
	}

	/// What work(tree) returns. It begins again on a new connection when the
	/// old one was lost in it. Where no connection can be had the run ends.
	template <class Work> auto call(Work work) -> decltype(work(std::declval<RemoteTree &>()))
	{
		const auto begin = std::chrono::steady_clock::now();
		auto pause = std::chrono::milliseconds(100);
		for (int lost = 0;;) {
			if (auto connected = ensure(); connected) {
				auto result = work(*tree_);
				if (result || result.error().kind != FailureKind::Unreachable)
					return result;
				tree_.reset();
				// Connections are had, and are lost each time: it is this file.
				if (++lost == MostLosses) {
					result.error().kind = FailureKind::Refused;
					return result;
				}
			} else if (connected.error().kind != FailureKind::Unreachable ||
			           std::chrono::steady_clock::now() - begin > patience_) {
				run_.stop(connected.error());
				return tl::unexpected(connected.error());
			}
			if (run_.stopping())
				return tl::unexpected(Failure{.kind = FailureKind::Cancelled,
				                              .step = "copy",
				                              .reason = "it was ended",
				                              .advice = {}});
			std::this_thread::sleep_for(pause);
			pause = std::min(pause * 2, std::chrono::milliseconds(2000));
		}
	}

private:
	static constexpr int MostLosses = 4;

	Result<void> ensure()
	{
		if (tree_)
			return {};
		auto tree = connect_();
		if (!tree) {
			if (tree.error().kind == FailureKind::Unreachable)
				tree.error().advice = "run the same command again once the server "
				                      "answers: it goes on where it stopped";
			return tl::unexpected(tree.error());
		}
		tree_ = std::move(*tree);
		return {};
	}

	Connect connect_;
	std::chrono::milliseconds patience_;
	CopyRun &run_;
	std::unique_ptr<RemoteTree> tree_;
};

} // namespace fss::requester
