// SPDX-License-Identifier: GPL-3.0-or-later
#include "requester/testing/FakeShare.h"

#include "requester/copy/LocalTree.h"

#include <cstring>

namespace fss::requester {

namespace {

Failure lost()
{
	return {.kind = FailureKind::Unreachable,
	        .step = "read",
	        .reason = "connection lost",
	        .advice = {}};
}

Failure missing(const std::string &path)
{
	return {.kind = FailureKind::NotFound,
	        .step = "open " + path,
	        .reason = "no such file",
	        .advice = {}};
}

/// A descriptor in SDDL with another's DACL.
std::string withDacl(const std::string &descriptor, const std::string &other)
{
	return descriptor.substr(0, descriptor.find("D:")) + other.substr(other.find("D:"));
}

} // namespace

class FakeTree : public RemoteTree {
public:
	explicit FakeTree(FakeShare &share) : share_(share) {}

	Result<std::vector<RemoteEntry>> list(const std::string &path) override;
	Result<std::unique_ptr<RemoteFile>> open(const std::string &path, bool) override;
	Result<std::unique_ptr<RemoteOutput>> create(const std::string &path) override;
	Result<std::string> securityDescriptor(const std::string &path) override
	{
		return at<std::string>(
		        path, [](FakeShare::Node &node) { return node.securityDescriptor; });
	}
	Result<void> makeDirectory(const std::string &path) override
	{
		std::lock_guard guard(share_.lock_);
		share_.nodes[path].directory = true;
		return {};
	}
	Result<void> rename(const std::string &from, const std::string &to) override
	{
		std::lock_guard guard(share_.lock_);
		auto node = share_.nodes.extract(from);
		if (node.empty())
			return failed(missing(from));
		share_.nodes[to] = node.mapped();
		return {};
	}
	Result<void> remove(const std::string &path) override
	{
		std::lock_guard guard(share_.lock_);
		share_.nodes.erase(path);
		return {};
	}
	Result<void> setTimes(const std::string &path, const FileTimes &times) override
	{
		return change(path, [&](FakeShare::Node &node) { node.times = times; });
	}
	Result<void> setAttributes(const std::string &path, uint16_t attributes) override
	{
		return change(path, [&](FakeShare::Node &node) { node.attributes = attributes; });
	}
	Result<void> setSecurityDescriptor(const std::string &path, const std::string &text,
	                                   DescriptorParts parts) override
	{
		if (share_.keepsOwners && parts == DescriptorParts::All)
			return failed({.kind = FailureKind::Denied,
			               .step = "set",
			               .reason = "denied",
			               .advice = {}});
		return change(path, [&](FakeShare::Node &node) {
			node.securityDescriptor = parts == DescriptorParts::All
			                                  ? text
			                                  : withDacl(node.securityDescriptor, text);
		});
	}

private:
	template <class T>
	Result<T> at(const std::string &path, const std::function<T(FakeShare::Node &)> &use)
	{
		std::lock_guard guard(share_.lock_);
		if (!share_.failingPath.empty() && path == share_.failingPath)
			return failed(share_.failure);
		auto found = share_.nodes.find(path);
		if (found == share_.nodes.end())
			return failed(missing(path));
		return use(found->second);
	}
	Result<void> change(const std::string &path,
	                    const std::function<void(FakeShare::Node &)> &use)
	{
		auto done = at<bool>(path, [&](FakeShare::Node &node) {
			use(node);
			return true;
		});
		return done ? Result<void>() : tl::unexpected(done.error());
	}

	FakeShare &share_;
};

class FakeFile : public RemoteFile, public RemoteOutput {
public:
	FakeFile(FakeShare &share, std::string path) : share_(share), path_(std::move(path)) {}

	Result<size_t> read(std::span<std::byte> buffer, uint64_t offset) override
	{
		size_t got = 0;
		{
			std::lock_guard guard(share_.lock_);
			if (share_.down || share_.readsLeft == 0) {
				share_.readsLeft = -1;
				return failed(lost());
			}
			if (share_.readsLeft > 0)
				--share_.readsLeft;
			const auto &data = share_.nodes.at(path_).data;
			if (offset < data.size())
				got = std::min<size_t>(buffer.size(), data.size() - offset);
			memcpy(buffer.data(), data.data() + offset, got);
			share_.bytesRead += got;
		}
		if (share_.afterRead)
			share_.afterRead();
		return got;
	}
	Result<void> write(std::span<const std::byte> data, uint64_t offset) override
	{
		std::lock_guard guard(share_.lock_);
		auto &held = share_.nodes.at(path_).data;
		held.resize(std::max<size_t>(held.size(), offset + data.size()));
		memcpy(held.data() + offset, data.data(), data.size());
		return {};
	}
	Result<void> truncate(uint64_t size) override
	{
		std::lock_guard guard(share_.lock_);
		share_.nodes.at(path_).data.resize(size);
		return {};
	}
	Result<void> close() override { return {}; }
	Result<std::string> securityDescriptor() override
	{
		std::lock_guard guard(share_.lock_);
		return share_.nodes.at(path_).securityDescriptor;
	}

private:
	FakeShare &share_;
	std::string path_;
};

Result<std::vector<RemoteEntry>> FakeTree::list(const std::string &path)
{
	return at<std::vector<RemoteEntry>>(path, [&](FakeShare::Node &) {
		std::vector<RemoteEntry> entries;
		for (const auto &[other, node] : share_.nodes) {
			if (other.empty() || parentAndName(other).first != path)
				continue;
			entries.push_back({.name = parentAndName(other).second,
			                   .directory = node.directory,
			                   .size = node.data.size(),
			                   .attributes = node.attributes,
			                   .times = node.times});
		}
		return entries;
	});
}

Result<std::unique_ptr<RemoteFile>> FakeTree::open(const std::string &path, bool)
{
	return at<std::unique_ptr<RemoteFile>>(path, [&](FakeShare::Node &) {
		++share_.opens;
		return std::make_unique<FakeFile>(share_, path);
	});
}

Result<std::unique_ptr<RemoteOutput>> FakeTree::create(const std::string &path)
{
	{
		std::lock_guard guard(share_.lock_);
		share_.nodes[path] = {
		        .data = {}, .times = {}, .securityDescriptor = share_.ownDescriptor};
	}
	return std::make_unique<FakeFile>(share_, path);
}

void FakeShare::addDirectory(const std::string &path)
{
	if (path.empty() || nodes.contains(path))
		return;
	addDirectory(parentAndName(path).first);
	nodes[path].directory = true;
	nodes[path].times.written = 1'000'000'000'000'000'000;
}

void FakeShare::addFile(const std::string &path, std::string data)
{
	addDirectory(parentAndName(path).first);
	auto &node = nodes[path];
	node.data = std::move(data);
	node.times = {.created = 1'200'000'000'000'000'000,
	              .written = 1'300'000'000'123'456'700,
	              .accessed = 1'400'000'000'000'000'000};
	node.attributes = 0x20;
	node.securityDescriptor = "O:S-1-5-21-1G:S-1-22-2-0D:(A;;FA;;;WD)";
}

Connect FakeShare::connect()
{
	return [this]() -> Result<std::unique_ptr<RemoteTree>> {
		std::lock_guard guard(lock_);
		++connections;
		if (down)
			return failed(lost());
		return std::make_unique<FakeTree>(*this);
	};
}

} // namespace fss::requester
