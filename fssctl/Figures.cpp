// SPDX-License-Identifier: GPL-3.0-or-later
#include "fssctl/Figures.h"

#include "fssctl/Text.h"
#include "protocol/HResult.h"

namespace fssctl {

namespace {

constexpr double microsecondsPerSecond = 1e6;

std::string codeText(uint32_t code)
{
	return fmt::format("0x{:08X}", code);
}

std::string_view codeName(uint32_t code)
{
	return name(static_cast<fss::HResult>(code));
}

double seconds(uint64_t microseconds)
{
	return static_cast<double>(microseconds) / microsecondsPerSecond;
}

// The bound of a bucket, in seconds.
std::string boundText(size_t bucket)
{
	if (bucket >= fss::Histogram::bounds.size())
		return "+Inf";
	return fmt::format("{}", seconds(static_cast<uint64_t>(fss::Histogram::bounds[bucket])));
}

// Calls fn(bound, how many took no longer) for each bucket.
template <class Fn> void eachCumulative(const fss::Histogram &histogram, Fn fn)
{
	uint64_t count = 0;
	for (size_t i = 0; i < histogram.buckets.size(); i++) {
		count += histogram.buckets[i];
		fn(boundText(i), count);
	}
}

Json histogramJson(const fss::Histogram &histogram)
{
	auto buckets = Json::array();
	eachCumulative(histogram, [&](const std::string &bound, uint64_t count) {
		buckets.push_back({{"le", bound}, {"count", count}});
	});
	return {{"count", histogram.count()},
	        {"sum_seconds", seconds(histogram.microseconds)},
	        {"buckets", buckets}};
}

class Exposition {
public:
	void family(std::string_view name, std::string_view type, std::string_view help)
	{
		name_ = name;
		text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
	}
	template <class T>
	void sample(const T &value, std::string_view labels = {}, std::string_view suffix = {})
	{
		text_ += fmt::format("{}{}{} {}\n", name_, suffix, labels, value);
	}
	template <class T>
	void single(std::string_view name, std::string_view type, const T &value,
	            std::string_view help)
	{
		family(name, type, help);
		sample(value);
	}
	void histogram(std::string_view name, const fss::Histogram &histogram,
	               std::string_view help)
	{
		family(name, "histogram", help);
		eachCumulative(histogram, [&](const std::string &bound, uint64_t count) {
			sample(count, fmt::format("{{le=\"{}\"}}", bound), "_bucket");
		});
		sample(seconds(histogram.microseconds), {}, "_sum");
		sample(histogram.count(), {}, "_count");
	}
	const std::string &text() const { return text_; }

private:
	std::string name_;
	std::string text_;
};

std::string meanText(const fss::Histogram &histogram)
{
	const auto count = histogram.count();
	if (count == 0)
		return "-";
	return fmt::format("{:.1f} ms", static_cast<double>(histogram.microseconds) /
	                                        static_cast<double>(count) / 1000);
}

} // namespace

Figures figuresOf(const Survey &survey)
{
	Figures figures;
	for (const auto state : setStates)
		figures.sets[std::string(state)] = 0;
	for (const auto &view : survey.sets) {
		figures.sets[view.state()]++;
		for (const auto &copy : view.set.copies) {
			figures.snapshots += copy.taken != 0 ? 1 : 0;
			for (const auto &mapping : copy.mappings)
				figures.exposedShares += mapping.exposed ? 1 : 0;
		}
	}
	figures.counters = survey.counters;
	return figures;
}

Json figuresJson(const Figures &figures)
{
	const auto &counters = figures.counters;
	auto sets = Json::object();
	for (const auto state : setStates)
		sets[std::string(state)] = figures.sets.at(std::string(state));
	auto failures = Json::array();
	for (const auto &[code, count] : counters.failures)
		failures.push_back(
		        {{"code", codeText(code)}, {"name", codeName(code)}, {"count", count}});
	const auto orNull = [](const auto &value) { return value ? Json(*value) : Json(); };
	return {{"version", jsonVersion},
	        {"sets", sets},
	        {"snapshots", figures.snapshots},
	        {"exposed_shares", figures.exposedShares},
	        {"exclusive_bytes", orNull(figures.exclusiveBytes)},
	        {"referenced_bytes", orNull(figures.referencedBytes)},
	        {"commits", counters.commits},
	        {"failed_commits", counters.failedCommits},
	        {"snapshots_made", counters.snapshots},
	        {"removed_sets", counters.removedSets},
	        {"expired_sets", counters.expiredSets},
	        {"failures", failures},
	        {"hold", histogramJson(counters.hold)},
	        {"flush", histogramJson(counters.flush)}};
}

std::string prometheusText(const Figures &figures)
{
	const auto &counters = figures.counters;
	Exposition out;
	out.family("samba_fss_sets", "gauge", "Shadow copy sets by state.");
	for (const auto state : setStates)
		out.sample(figures.sets.at(std::string(state)),
		           fmt::format("{{state=\"{}\"}}", state));
	out.single("samba_fss_snapshots", "gauge", figures.snapshots,
	           "Snapshots that shadow copies have.");
	out.single("samba_fss_exposed_shares", "gauge", figures.exposedShares,
	           "Shares by which shadow copies can be read.");
	if (figures.exclusiveBytes)
		out.single("samba_fss_snapshot_exclusive_bytes", "gauge", *figures.exclusiveBytes,
		           "Bytes that only the snapshots hold, where quota groups are on.");
	if (figures.referencedBytes)
		out.single("samba_fss_snapshot_referenced_bytes", "gauge", *figures.referencedBytes,
		           "Bytes that can be read in the snapshots, where quota groups are on.");
	out.single("samba_fss_commits_total", "counter", counters.commits,
	           "Sets whose snapshots were made.");
	out.single("samba_fss_commit_failures_total", "counter", counters.failedCommits,
	           "Sets whose snapshots could not be made.");
	out.single("samba_fss_snapshots_made_total", "counter", counters.snapshots,
	           "Snapshots that were made.");
	out.single("samba_fss_sets_removed_total", "counter", counters.removedSets,
	           "Sets that were removed with all they held.");
	out.single("samba_fss_sets_expired_total", "counter", counters.expiredSets,
	           "Sets that the message sequence timer removed.");
	out.family("samba_fss_call_failures_total", "counter",
	           "Calls that were refused, by the HRESULT that the client got.");
	for (const auto &[code, count] : counters.failures)
		out.sample(count, fmt::format("{{code=\"{}\",name=\"{}\"}}", codeText(code),
		                              codeName(code)));
	out.histogram("samba_fss_hold_seconds", counters.hold,
	              "How long writers were held while snapshots were made.");
	out.histogram("samba_fss_flush_seconds", counters.flush,
	              "How long the flush before that took.");
	return out.text();
}

std::string figuresText(const Figures &figures)
{
	const auto &counters = figures.counters;
	std::string out;
	const auto row = [&](std::string_view name, const auto &value) {
		out += fmt::format("{:<34} {:>12}\n", name, value);
	};
	for (const auto state : setStates)
		row(fmt::format("sets {}", state), figures.sets.at(std::string(state)));
	row("snapshots", figures.snapshots);
	row("exposed shares", figures.exposedShares);
	if (figures.exclusiveBytes)
		row("exclusive to snapshots", sizeText(*figures.exclusiveBytes));
	row("commits", counters.commits);
	row("failed commits", counters.failedCommits);
	row("snapshots made", counters.snapshots);
	row("sets removed", counters.removedSets);
	row("of these by their timer", counters.expiredSets);
	row("mean hold of writers", meanText(counters.hold));
	row("mean flush before it", meanText(counters.flush));
	for (const auto &[code, count] : counters.failures)
		row(fmt::format("refused {} {}", codeText(code), codeName(code)), count);
	return out;
}

} // namespace fssctl
