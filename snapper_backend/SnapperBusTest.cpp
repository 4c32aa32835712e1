// SPDX-License-Identifier: GPL-3.0-or-later
/// The D-Bus side, over a real dbus-daemon and a snapperd that answers what a
/// test wants, right or wrong.
#include "snapper_backend/Sdbus.h"
#include "snapper_backend/SnapperService.h"
#include "testing/Printing.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace fss::snapper {
namespace {

using Settings = std::map<std::string, std::string>;
using ConfigOnWire = sdbus::Struct<std::string, std::string, Settings>;
using SnapshotOnWire = sdbus::Struct<uint32_t, uint16_t, uint32_t, int64_t, uint32_t, std::string,
                                     std::string, Settings>;

constexpr const char *name = "org.opensuse.Snapper";
constexpr Timeout enough = std::chrono::seconds(20);

/// A bus of the test's own, as the system bus.
class PrivateBus {
public:
	PrivateBus()
	{
		directory_ = (std::filesystem::temp_directory_path() / "fss-bus-XXXXXX").string();
		if (mkdtemp(directory_.data()) == nullptr)
			throw std::runtime_error("mkdtemp");
		const auto address = "unix:path=" + directory_ + "/bus";
		std::ofstream(directory_ + "/conf")
		        << "<busconfig><listen>" << address << "</listen><auth>EXTERNAL</auth>"
		        << "<policy context=\"default\"><allow own=\"*\"/><allow user=\"*\"/>"
		        << "<allow send_destination=\"*\"/><allow receive_sender=\"*\"/></policy>"
		        << "</busconfig>\n";
		setenv("DBUS_SYSTEM_BUS_ADDRESS", address.c_str(), 1);
		start();
	}
	~PrivateBus()
	{
		stop();
		unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
		std::filesystem::remove_all(directory_);
	}
	void stop()
	{
		if (pid_ <= 0)
			return;
		kill(pid_, SIGCONT);
		kill(pid_, SIGKILL);
		waitpid(pid_, nullptr, 0);
		pid_ = -1;
	}

private:
	void start()
	{
		pid_ = fork();
		if (pid_ == 0) {
			execlp("dbus-daemon", "dbus-daemon", "--nofork", "--config-file",
			       (directory_ + "/conf").c_str(), nullptr);
			_exit(127);
		}
		for (int i = 0; i < 500 && !systemService()->connect(); i++)
			std::this_thread::sleep_for(std::chrono::milliseconds(10));
	}

	std::string directory_;
	pid_t pid_ = -1;
};

class SnapperBusTest : public testing::Test {
protected:
	void SetUp() override
	{
		connection = sdbus::createSystemBusConnection();
		object = sdbus::createObject(*connection, ObjectPath("/org/opensuse/Snapper"));
		methods = std::make_unique<ServedMethods>(*object, name);
	}
	/// Snapperd has all its methods then.
	void serve()
	{
		methods->serve();
		connection->requestName(ServiceName(name));
		connection->enterEventLoopAsync();
		auto connected = systemService()->connect();
		ASSERT_TRUE(succeeded(connected));
		session = std::move(*connected);
	}
	template <class Fn> void method(const std::string &called, Fn fn)
	{
		methods->add(called, fn);
	}

	PrivateBus bus;
	std::unique_ptr<sdbus::IConnection> connection;
	std::unique_ptr<sdbus::IObject> object;
	std::unique_ptr<ServedMethods> methods;
	std::unique_ptr<Session> session;
};

TEST_F(SnapperBusTest, WhatIsAskedAndAnsweredIsEncoded)
{
	std::vector<std::string> asked;
	method("ListConfigs", [] {
		return std::vector{ConfigOnWire{"b\\xc3\\xa4r", "/srv/b\\xe4r", {}}};
	});
	method("ListSnapshots", [&](const std::string &config) {
		asked = {config};
		return std::vector{SnapshotOnWire{0, 0, 0, -1, 0, "current", "", {}},
		                   SnapshotOnWire{3, 0, 0, 17, 0, "\\\\", "", {{"a", "\\xff"}}}};
	});
	method("CreateSingleSnapshotV2", [&](const std::string &config, uint32_t parent,
	                                     bool readOnly, const std::string &description,
	                                     const std::string &cleanup, const Settings &data) {
		asked = {config,  std::to_string(parent), readOnly ? "ro" : "rw", description,
		         cleanup, data.at("k\\xfc")};
		return uint32_t(12);
	});
	method("DeleteSnapshots",
	       [&](const std::string &config, const std::vector<uint32_t> &numbers) {
		       asked = {config};
		       for (const auto number : numbers)
			       asked.push_back(std::to_string(number));
	       });
	serve();
	const auto configs = session->configs(enough);
	ASSERT_TRUE(succeeded(configs));
	EXPECT_EQ(configs->at(0).name, "b\xc3\xa4r");
	EXPECT_EQ(configs->at(0).subvolume, "/srv/b\xe4r");
	const auto snapshots = session->snapshots("b\xc3\xa4r", enough);
	ASSERT_TRUE(succeeded(snapshots));
	EXPECT_THAT(asked, testing::ElementsAre("b\\xc3\\xa4r"));
	EXPECT_EQ(snapshots->at(0).userData.at("a"), "\xff");
	const auto number = session->create({"\xe4", true, "d\\", {{"k\xfc", "v\xfc"}}}, enough);
	EXPECT_EQ(number, 12U);
	EXPECT_THAT(asked, testing::ElementsAre("\\xe4", "0", "ro", "d\\\\", "", "v\\xfc"));
	EXPECT_TRUE(succeeded(session->remove("\xe4", {7, 9}, enough)));
	EXPECT_THAT(asked, testing::ElementsAre("\\xe4", "7", "9"));
}

TEST_F(SnapperBusTest, AnswersOfAnotherTypeAreErrors)
{
	method("ListConfigs", [] { return std::vector<std::string>{"root"}; });
	method("ListSnapshots", [](const std::string &) { return uint64_t(1) << 60; });
	method("CreateSingleSnapshotV2",
	       [](const std::string &, uint32_t, bool, const std::string &, const std::string &,
	          const Settings &) { return std::string("12"); });
	serve();
	EXPECT_EQ(session->configs(enough).error().errnum, EBADMSG);
	EXPECT_EQ(session->snapshots("c", enough).error().errnum, EBADMSG);
	EXPECT_EQ(session->create({"c", true, "", {}}, enough).error().errnum, EBADMSG);
}

TEST_F(SnapperBusTest, BrokenTextIsAnError)
{
	method("ListConfigs", [] { return std::vector{ConfigOnWire{"c", "/srv\\", {}}}; });
	serve();
	EXPECT_EQ(session->configs(enough).error().errnum, EBADMSG);
}

TEST_F(SnapperBusTest, SnapperdsErrorsAreToldApart)
{
	for (const auto &[called, error] : {std::pair("ListConfigs", "error.no_permissions"),
	                                    std::pair("ListSnapshots", "error.unknown_config")})
		method(called, [error = error]() -> uint32_t {
			throw sdbus::Error(ErrorName(error), "no");
		});
	method("DeleteSnapshots", [](const std::string &, const std::vector<uint32_t> &) {
		throw sdbus::Error(ErrorName("error.illegal_snapshot"), "no");
	});
	serve();
	EXPECT_EQ(session->configs(enough).error().errnum, EPERM);
	EXPECT_EQ(session->remove("c", {1}, enough).error().errnum, ESTALE);
}

TEST_F(SnapperBusTest, NoSnapperdIsAnAbsence)
{
	auto connected = systemService()->connect();
	ASSERT_TRUE(succeeded(connected));
	const auto configs = (*connected)->configs(enough);
	ASSERT_FALSE(configs);
	EXPECT_TRUE(isAbsence(configs.error())) << configs.error().text();
}

TEST_F(SnapperBusTest, NoBusIsAnAbsence)
{
	setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
	const auto connected = systemService()->connect();
	ASSERT_FALSE(connected);
	EXPECT_TRUE(isAbsence(connected.error())) << connected.error().text();
}

TEST_F(SnapperBusTest, ASnapperdThatDoesNotAnswerIsWaitedForNoLonger)
{
	method("ListConfigs", [] {
		std::this_thread::sleep_for(std::chrono::seconds(2));
		return std::vector<ConfigOnWire>{};
	});
	serve();
	EXPECT_EQ(session->configs(Timeout(200)).error().errnum, ETIMEDOUT);
}

TEST_F(SnapperBusTest, ASnapperdThatEndsIsAnErrorAtOnce)
{
	auto slow = std::make_shared<std::atomic<bool>>(false);
	method("ListConfigs",
	       [slow](sdbus::Result<std::vector<ConfigOnWire>> &&) { *slow = true; });
	serve();
	std::thread killer([&] {
		while (!*slow)
			std::this_thread::sleep_for(std::chrono::milliseconds(5));
		connection->leaveEventLoop();
		object.reset();
		connection.reset();
	});
	const auto configs = session->configs(enough);
	killer.join();
	ASSERT_FALSE(configs);
	EXPECT_EQ(configs.error().errnum, ECONNRESET) << configs.error().text();
}

TEST_F(SnapperBusTest, ABusThatEndsIsAnError)
{
	serve();
	connection->leaveEventLoop();
	bus.stop();
	const auto configs = session->configs(enough);
	ASSERT_FALSE(configs);
	EXPECT_EQ(configs.error().errnum, ECONNRESET) << configs.error().text();
}

} // namespace
} // namespace fss::snapper
