// SPDX-License-Identifier: GPL-3.0-or-later
#include "testing/World.h"

#include <array>
#include <tuple>

/// Every pair of a set's state and a method: the code of MS-FSRVP 3.1.4.2 to
/// 3.1.4.13, in both dialects.
namespace fss {
namespace {

enum class State {
	Unknown,
	Started,
	Added,
	CreationInProgress,
	CreationDone, ///< CreationInProgress, all made, no client has heard of it
	Committed,
	Exposed,
	Recovered,
	Aborted,
};
constexpr size_t stateCount = 9;
constexpr std::array<const char *, stateCount> stateNames{
        "Unknown", "Started",   "Added",  "CreationInProgress", "CreationDone", "Committed",
        "Exposed", "Recovered", "Aborted"};

// Codes whose dialects differ.
enum class Code {
	Ok,
	Bad,        ///< FSRVP_E_BAD_STATE
	InProgress, ///< FSRVP_E_SHADOW_COPY_SET_IN_PROGRESS
	NoSet,      ///< E_INVALIDARG, currently FSRVP_E_SHADOWCOPYSET_ID_MISMATCH
	NoObject,   ///< FSRVP_E_OBJECT_NOT_FOUND in both
	OkOrBad,    ///< allowed, currently FSRVP_E_BAD_STATE
	NoCopy,     ///< E_INVALIDARG, currently FSRVP_E_OBJECT_NOT_FOUND
	Invalid,    ///< E_INVALIDARG in both
};

HResult codeOf(Code code, Dialect dialect)
{
	const bool current = dialect == Dialect::Current;
	switch (code) {
	case Code::Ok:
		return HResult::Ok;
	case Code::Bad:
		return HResult::BadState;
	case Code::InProgress:
		return HResult::SetInProgress;
	case Code::NoSet:
		return current ? HResult::SetIdMismatch : HResult::InvalidArg;
	case Code::NoObject:
		return HResult::ObjectNotFound;
	case Code::OkOrBad:
		return current ? HResult::BadState : HResult::Ok;
	case Code::NoCopy:
		return current ? HResult::ObjectNotFound : HResult::InvalidArg;
	case Code::Invalid:
		return HResult::InvalidArg;
	}
	return HResult::Fail;
}

struct Row {
	const char *name;
	fss_method method;
	std::array<Code, stateCount> codes; ///< in the order of State
	enum class Variation {
		None,
		OtherClient,
		OtherCopy,
		OtherShare,
		SameShare,
		BadLevel
	} variation = Variation::None;
};

void PrintTo(const Row &row, std::ostream *out)
{
	*out << row.name;
}

constexpr auto O = Code::Ok, B = Code::Bad, P = Code::InProgress, S = Code::NoSet,
               N = Code::NoObject, R = Code::OkOrBad, C = Code::NoCopy, I = Code::Invalid;
using V = Row::Variation;

// Unknown Started Added InProgress Done Committed Exposed Recovered Aborted
const Row rows[] = {
        {"GetSupportedVersion", FSS_GET_SUPPORTED_VERSION, {O, O, O, O, O, O, O, O, O}},
        {"SetContext", FSS_SET_CONTEXT, {O, O, O, O, O, O, O, O, O}},
        {"SetContextOfAnother", FSS_SET_CONTEXT, {O, P, P, P, P, P, P, O, O}, V::OtherClient},
        {"StartShadowCopySet", FSS_START_SHADOW_COPY_SET, {B, P, P, P, P, P, P, B, B}},
        {"StartShadowCopySetOfAnother",
         FSS_START_SHADOW_COPY_SET,
         {B, P, P, P, P, P, P, B, B},
         V::OtherClient},
        {"AddToShadowCopySet", FSS_ADD_TO_SHADOW_COPY_SET, {S, O, O, B, B, B, B, B, S}},
        {"AddToShadowCopySetOfAnUnknownShare",
         FSS_ADD_TO_SHADOW_COPY_SET,
         {N, N, N, N, N, N, N, N, N},
         V::OtherShare},
        {"PrepareShadowCopySet", FSS_PREPARE_SHADOW_COPY_SET, {S, B, O, B, B, B, B, B, S}},
        {"CommitShadowCopySet", FSS_COMMIT_SHADOW_COPY_SET, {S, B, O, O, O, B, B, B, S}},
        {"ExposeShadowCopySet", FSS_EXPOSE_SHADOW_COPY_SET, {S, B, B, B, B, O, B, B, S}},
        {"RecoveryCompleteShadowCopySet",
         FSS_RECOVERY_COMPLETE_SHADOW_COPY_SET,
         {S, B, B, B, B, B, O, B, S}},
        {"AbortShadowCopySet", FSS_ABORT_SHADOW_COPY_SET, {S, O, O, O, O, O, O, B, S}},
        {"IsPathSupported", FSS_IS_PATH_SUPPORTED, {O, O, O, O, O, O, O, O, O}},
        {"IsPathSupportedOfAnUnknownShare",
         FSS_IS_PATH_SUPPORTED,
         {N, N, N, N, N, N, N, N, N},
         V::OtherShare},
        {"IsPathShadowCopied", FSS_IS_PATH_SHADOW_COPIED, {O, O, O, O, O, O, O, O, O}},
        {"IsPathShadowCopiedOfAnUnknownShare",
         FSS_IS_PATH_SHADOW_COPIED,
         {N, N, N, N, N, N, N, N, N},
         V::OtherShare},
        {"GetShareMapping", FSS_GET_SHARE_MAPPING, {S, B, B, B, B, B, O, R, S}},
        {"GetShareMappingAtAnotherLevel",
         FSS_GET_SHARE_MAPPING,
         {I, I, I, I, I, I, I, I, I},
         V::BadLevel},
        {"DeleteShareMapping", FSS_DELETE_SHARE_MAPPING, {N, B, B, B, B, B, O, O, N}},
        {"DeleteShareMappingOfAnotherCopy",
         FSS_DELETE_SHARE_MAPPING,
         {N, B, B, B, B, B, C, C, N},
         V::OtherCopy},
        {"DeleteShareMappingOfAnUnknownShare",
         FSS_DELETE_SHARE_MAPPING,
         {N, B, B, B, B, B, N, N, N},
         V::OtherShare},
        {"AbortShadowCopySetByAnother",
         FSS_ABORT_SHADOW_COPY_SET,
         {S, O, O, O, O, O, O, B, S},
         V::OtherClient},
};

using Pair = std::tuple<size_t, Row, Dialect>;

class StateMethod : public testing::TestWithParam<Pair> {
protected:
	World world;
	Worker worker{world};
	Client client{worker};
	Client other{worker, "198.51.100.2", 2};

	ClientSet reach(State state)
	{
		switch (state) {
		case State::Unknown:
			return {SetId::random(), {CopyId::random()}, {"share1"}};
		case State::Started: {
			auto set = client.make(Status::Started);
			set.copies.push_back(CopyId::random());
			return set;
		}
		case State::Added:
			return client.make(Status::Added);
		case State::CreationInProgress:
			return client.make(Status::CreationInProgress);
		case State::CreationDone: {
			auto set = client.make(Status::Added);
			Arguments arguments{set.id};
			arguments.timeoutMs = 0;
			EXPECT_EQ(client.call(FSS_COMMIT_SHADOW_COPY_SET, arguments).result,
			          HResult::CommitTimeout);
			return set;
		}
		case State::Committed:
			return client.make(Status::Committed);
		case State::Exposed:
			return client.make(Status::Exposed);
		case State::Recovered:
			return client.make(Status::Recovered);
		case State::Aborted: {
			auto set = client.make(Status::Added);
			EXPECT_EQ(client.abort(set.id), HResult::Ok);
			return set;
		}
		}
		return {};
	}
};

TEST_P(StateMethod, AnswersAsTheProtocolSays)
{
	const auto &[stateIndex, row, dialect] = GetParam();
	world.host.options["error codes"] =
	        dialect == Dialect::Current ? "current" : "interoperable";
	const auto state = static_cast<State>(stateIndex);
	const auto set = reach(state);

	Arguments arguments{set.id, set.copy()};
	const bool adds = row.method == FSS_ADD_TO_SHADOW_COPY_SET;
	arguments.name = uncOf(row.variation == V::OtherShare ? "no such share"
	                       : adds                         ? "share2"
	                                                      : "share1");
	if (row.variation == V::OtherCopy)
		arguments.copy = CopyId::random();
	if (row.variation == V::BadLevel)
		arguments.level = 2;
	const auto key = "set/" + set.id.text();
	const auto before = world.records.records;
	auto &caller = row.variation == V::OtherClient ? other : client;
	const auto reply = caller.send(row.method, arguments);
	if (!reply->answered)
		worker.executor.runAll();
	ASSERT_TRUE(reply->answered);
	const auto expected = codeOf(row.codes[stateIndex], dialect);
	EXPECT_EQ(reply->result, expected);

	// A refusal leaves the set as it was.
	if (expected != HResult::Ok && before.contains(key)) {
		ASSERT_TRUE(world.records.records.contains(key));
		EXPECT_EQ(world.records.records.at(key), before.at(key));
	}
}

std::string pairName(const testing::TestParamInfo<Pair> &info)
{
	const auto &[state, row, dialect] = info.param;
	return fmt::format("{}_{}_{}", stateNames[state], row.name,
	                   dialect == Dialect::Current ? "current" : "interoperable");
}

INSTANTIATE_TEST_SUITE_P(
        Every, StateMethod,
        testing::Combine(testing::Range(size_t{0}, stateCount), testing::ValuesIn(rows),
                         testing::Values(Dialect::Interoperable, Dialect::Current)),
        pairName);

} // namespace
} // namespace fss
