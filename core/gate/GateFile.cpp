// SPDX-License-Identifier: GPL-3.0-or-later
#include "gate/GateFile.h"

#include "base/Owner.h"

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace fss {

static_assert(std::atomic<GateTime>::is_always_lock_free);
static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t));

namespace {

constexpr char magic[8] = "FSSGATE";
constexpr uint32_t version = 1;
constexpr std::chrono::milliseconds claimPatience{5000};

/// For so long after a file was lost its writers may be in the middle of changes.
/// Later they are idle: with the next change they come back.
constexpr std::chrono::seconds lostPatience{60};
/// In the name of a lost file, after that of the volume's.
constexpr std::string_view lostMark = ".lost-";

/// Joined: shared by those who have a slot.
enum LockByte : off_t { Holding = 0, Claiming = 1, Joined = 2 };

bool lockByte(int fd, short type, off_t byte)
{
	struct flock lock {};
	lock.l_type = type;
	lock.l_whence = SEEK_SET;
	lock.l_start = byte;
	lock.l_len = 1;
	return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

/// The short lock under which slots are given away.
class ClaimLock {
public:
	explicit ClaimLock(int fd) : fd_(fd)
	{
		const auto end = std::chrono::steady_clock::now() + claimPatience;
		while (!(locked_ = lockByte(fd_, F_WRLCK, Claiming)) &&
		       std::chrono::steady_clock::now() < end)
			std::this_thread::sleep_for(std::chrono::milliseconds(1));
	}
	~ClaimLock()
	{
		if (locked_)
			lockByte(fd_, F_UNLCK, Claiming);
	}
	ClaimLock(const ClaimLock &) = delete;
	ClaimLock &operator=(const ClaimLock &) = delete;
	explicit operator bool() const { return locked_; }

private:
	int fd_;
	bool locked_ = false;
};

void futexWake(std::atomic<uint32_t> &word)
{
	syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void futexWaitUntil(std::atomic<uint32_t> &word, uint32_t seen, GateTime until)
{
	const struct timespec time = {static_cast<time_t>(until / 1'000'000'000),
	                              static_cast<long>(until % 1'000'000'000)};
	syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, seen, &time, nullptr, FUTEX_BITSET_MATCH_ANY);
}

// A volume's id as a file name.
std::string fileName(const VolumeId &volume)
{
	std::string name;
	for (const char c : volume)
		name += std::isalnum(static_cast<unsigned char>(c)) || c == '-' ? c : '_';
	return fmt::format("{}.v{}", name, version);
}

Result<Fd> openDirectory(const std::string &path, bool make)
{
	if (make && mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
		return fail(HResult::Fail, fmt::format("make '{}'", path), errno);
	Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (!fd && errno == ENOENT && !make)
		return fd;
	struct stat info {};
	if (!fd || fstat(fd.get(), &info) != 0)
		return fail(HResult::Fail, fmt::format("open '{}'", path), errno);
	if (info.st_uid != geteuid() || (info.st_mode & 022) != 0)
		return fail(HResult::Fail, fmt::format("use '{}'", path), 0,
		            "it must be root's and writable for nobody else; remove it");
	return fd;
}

tl::unexpected<Error> cannotOpen(const std::string &path, int errnum)
{
	return fail(HResult::Fail, fmt::format("open '{}'", path), errnum,
	            errnum == EMFILE
	                    ? "each volume that clients write to needs an open file: raise "
	                      "LimitNOFILE of Samba's units, or use fewer volumes in a set"
	                    : "");
}

tl::unexpected<Error> cannotLock(const std::string &path)
{
	return fail(HResult::Fail, fmt::format("lock '{}'", path), EAGAIN,
	            "a process holds the lock and does not go on");
}

bool isLockedByOthers(int fd, off_t byte)
{
	struct flock lock {};
	lock.l_type = F_WRLCK;
	lock.l_whence = SEEK_SET;
	lock.l_start = byte;
	lock.l_len = 1;
	return fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

bool isLostName(std::string_view name)
{
	return name.find(lostMark) != name.npos;
}

bool isNamed(int directory, const std::string &name, int fd)
{
	struct stat one {};
	struct stat other {};
	return fstat(fd, &one) == 0 &&
	       fstatat(directory, name.c_str(), &other, AT_SYMLINK_NOFOLLOW) == 0 &&
	       one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

bool hasName(int fd)
{
	struct stat info {};
	return fstat(fd, &info) == 0 && info.st_nlink > 0;
}

} // namespace

GateTime gateNow()
{
	struct timespec now {};
	clock_gettime(CLOCK_MONOTONIC, &now);
	return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 +
	       static_cast<uint64_t>(now.tv_nsec);
}

GateTime after(std::chrono::milliseconds time)
{
	return gateNow() + static_cast<GateTime>(std::chrono::nanoseconds(time).count());
}

bool GateSlot::alive() const
{
	return Owner{Owner::thisBoot(), pid.load(), start.load()}.alive();
}

GateFile::GateFile(Fd fd, void *memory)
        : fd_(std::move(fd)),
          header_(static_cast<Header *>(memory)),
          guard_(std::make_unique<BusGuard>(memory, offsetOf(maximumSlots), header_->heldUntil))
{
}

Result<GateFile> GateFile::open(const std::string &directory, const VolumeId &volume)
{
	const auto name = fileName(volume);
	const auto path = directory + "/" + name;
	auto parent = openDirectory(directory, true);
	if (!parent)
		return tl::unexpected(parent.error());
	for (;;) {
		auto found = openWhole(parent->get(), path);
		if (!found)
			return tl::unexpected(found.error());
		if (*found)
			return std::move(**found);
		Fd fd(openat(parent->get(), name.c_str(),
		             O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
		if (!fd && errno == EEXIST)
			continue;
		if (!fd)
			return cannotOpen(path, errno);
		if (auto ready = initialise(fd.get(), path); !ready)
			return tl::unexpected(ready.error());
		return map(std::move(fd), path);
	}
}

Result<std::optional<GateFile>> GateFile::find(const std::string &directory, const VolumeId &volume)
{
	auto parent = openDirectory(directory, false);
	if (!parent)
		return tl::unexpected(parent.error());
	if (!*parent)
		return std::nullopt;
	return openWhole(parent->get(), directory + "/" + fileName(volume));
}

bool GateFile::exists(const std::string &directory, const VolumeId &volume)
{
	return access((directory + "/" + fileName(volume)).c_str(), F_OK) == 0;
}

Result<std::optional<GateFile>> GateFile::openWhole(int directory, const std::string &path)
{
	const auto name = path.substr(path.rfind('/') + 1);
	Fd fd(openat(directory, name.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
	if (!fd && errno == ENOENT)
		return std::nullopt;
	if (!fd)
		return cannotOpen(path, errno);
	{
		const ClaimLock lock(fd.get());
		if (!lock)
			return cannotLock(path);
		if (!hasName(fd.get()))
			return std::nullopt;
		if (!isWhole(fd.get())) {
			if (auto aside = putAside(directory, path, fd.get()); !aside)
				return tl::unexpected(aside.error());
			return std::nullopt;
		}
	}
	return map(std::move(fd), path).map([](GateFile &&file) {
		return std::optional(std::move(file));
	});
}

// A file of an earlier boot is of no use to anybody. One that was damaged is told to
// those who have it mapped, and stays until they have come back.
Result<void> GateFile::putAside(int directory, const std::string &path, int fd)
{
	const auto name = path.substr(path.rfind('/') + 1);
	if (!isNamed(directory, name, fd))
		return {}; // another process was faster
	if (!isLockedByOthers(fd, Joined)) {
		if (unlinkat(directory, name.c_str(), 0) != 0)
			return fail(HResult::Fail, fmt::format("remove '{}'", path), errno);
		return {};
	}
	pwrite(fd, &lost, sizeof(lost), offsetof(Header, heldUntil));
	futimens(fd, nullptr);
	struct stat info {};
	fstat(fd, &info);
	const auto aside = fmt::format("{}{}{}", name, lostMark, info.st_ino);
	if (renameat(directory, name.c_str(), directory, aside.c_str()) != 0)
		return fail(HResult::Fail, fmt::format("put '{}' aside", path), errno);
	return {};
}

void GateFile::removeLost(int directory, const std::string &name)
{
	const Fd fd(openat(directory, name.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
	if (fd && !isLockedByOthers(fd.get(), Joined))
		unlinkat(directory, name.c_str(), 0);
}

std::optional<VolumeId> GateFile::findLost(const std::string &directory,
                                           const std::vector<VolumeId> &volumes)
{
	std::error_code ignored;
	for (const auto &entry : std::filesystem::directory_iterator(directory, ignored)) {
		const auto name = entry.path().filename().string();
		struct stat info {};
		if (!isLostName(name) || stat(entry.path().c_str(), &info) != 0 ||
		    info.st_mtime + lostPatience.count() < time(nullptr))
			continue;
		for (const auto &volume : volumes)
			if (name.starts_with(fileName(volume) + std::string(lostMark)))
				return volume;
	}
	return std::nullopt;
}

void GateFile::noteOutside() const
{
	futimens(fd_.get(), nullptr);
}

Result<GateFile> GateFile::map(Fd fd, const std::string &path)
{
	void *const memory = mmap(nullptr, offsetOf(maximumSlots), PROT_READ | PROT_WRITE,
	                          MAP_SHARED, fd.get(), 0);
	if (memory == MAP_FAILED)
		return fail(HResult::Fail, fmt::format("map '{}'", path), errno);
	return GateFile(std::move(fd), memory);
}

bool GateFile::isWhole(int fd)
{
	Header header{};
	struct stat info {};
	return fstat(fd, &info) == 0 &&
	       info.st_size == static_cast<off_t>(offsetOf(maximumSlots)) &&
	       pread(fd, static_cast<void *>(&header), sizeof(header), 0) == sizeof(header) &&
	       memcmp(header.magic, magic, sizeof(magic)) == 0 && header.version == version &&
	       strncmp(header.boot, Owner::thisBoot().c_str(), sizeof(header.boot)) == 0;
}

// Of a file that was just made. Whoever opens it before takes it for a damaged one.
Result<void> GateFile::initialise(int fd, const std::string &path)
{
	const ClaimLock lock(fd);
	if (!lock)
		return cannotLock(path);
	Header fresh{};
	memcpy(fresh.magic, magic, sizeof(magic));
	fresh.version = version;
	Owner::thisBoot().copy(fresh.boot, sizeof(fresh.boot) - 1);
	// The file is as long as its map, and gets its memory as slots are claimed.
	const bool written =
	        ftruncate(fd, static_cast<off_t>(offsetOf(maximumSlots))) == 0 &&
	        posix_fallocate(fd, 0, sizeof(fresh)) == 0 &&
	        pwrite(fd, static_cast<const void *>(&fresh), sizeof(fresh), 0) == sizeof(fresh);
	if (!written)
		return fail(HResult::Fail, fmt::format("write '{}'", path), errno);
	return {};
}

void GateFile::removeUnused(const std::string &directory)
{
	const auto parent = openDirectory(directory, false);
	if (!parent || !*parent)
		return;
	std::error_code ignored;
	for (const auto &entry : std::filesystem::directory_iterator(directory, ignored)) {
		const auto path = entry.path().string();
		if (isLostName(path)) {
			removeLost(parent->get(), entry.path().filename());
			continue;
		}
		auto file = openWhole(parent->get(), path);
		if (!file || !*file)
			continue;
		const ClaimLock lock((*file)->fd_.get());
		if (lock && (*file)->tryLock() && (*file)->isThere() && !(*file)->isUsed())
			unlinkat(parent->get(), entry.path().filename().c_str(), 0);
	}
}

bool GateFile::isUsed() const
{
	for (size_t i = 0; i < slotCount(); i++)
		if (slots()[i].pid != 0 && slots()[i].alive())
			return true;
	return false;
}

bool GateFile::isThere() const
{
	return hasName(fd_.get()) && isWhole(fd_.get());
}

GateFile::GateFile(GateFile &&other) noexcept
        : fd_(std::move(other.fd_)),
          header_(std::exchange(other.header_, nullptr)),
          guard_(std::move(other.guard_))
{
}

GateFile &GateFile::operator=(GateFile &&other) noexcept
{
	std::swap(fd_, other.fd_);
	std::swap(header_, other.header_);
	std::swap(guard_, other.guard_);
	return *this;
}

GateFile::~GateFile()
{
	guard_.reset();
	if (header_ != nullptr)
		munmap(header_, offsetOf(maximumSlots));
}

size_t GateFile::offsetOf(size_t slot)
{
	return sizeof(Header) + slot * sizeof(GateSlot);
}

GateSlot *GateFile::slots() const
{
	return reinterpret_cast<GateSlot *>(reinterpret_cast<char *>(header_) + offsetOf(0));
}

Result<GateSlot *> GateFile::claim()
{
	const ClaimLock lock(fd_.get());
	if (!lock)
		return cannotLock("the write gate");
	if (!isThere())
		return fail(HResult::Fail, "join the write gate", ESTALE);
	lockByte(fd_.get(), F_RDLCK, Joined);
	const size_t count = slotCount();
	size_t found = 0;
	// A pid that does not exist is enough: one that came again keeps the slot.
	const auto isFree = [](const GateSlot &slot) {
		const auto pid = slot.pid.load();
		return pid == 0 || (kill(pid, 0) != 0 && errno == ESRCH);
	};
	while (found < count && !isFree(slots()[found]))
		found++;
	if (found == maximumSlots)
		return fail(HResult::Fail, "join the write gate", EUSERS,
		            "too many connections to one volume");
	if (const int error = posix_fallocate(fd_.get(), static_cast<off_t>(offsetOf(found)),
	                                      sizeof(GateSlot));
	    error != 0)
		return fail(HResult::Fail, "join the write gate", error);
	auto &slot = slots()[found];
	slot.inside = 0;
	slot.start = Owner::self().startTime;
	slot.pid = getpid();
	if (found == count)
		header_->slots.store(static_cast<uint32_t>(count + 1), std::memory_order_release);
	return &slot;
}

void GateFile::setHeldUntil(GateTime until)
{
	auto seen = heldUntil();
	while (seen != lost && !header_->heldUntil.compare_exchange_weak(seen, until))
		;
}

void GateFile::reopen()
{
	setHeldUntil(0);
	header_->opened++;
	futexWake(header_->opened);
}

bool GateFile::mayPass()
{
	auto until = heldUntil();
	if (until == 0 || until == lost)
		return until == 0;
	if (gateNow() < until && isLocked())
		return false;
	// Its holder is late or dead. Another may have closed it meanwhile.
	if (header_->heldUntil.compare_exchange_strong(until, 0)) {
		header_->opened++;
		futexWake(header_->opened);
	}
	return heldUntil() == 0;
}

void GateFile::waitUntilOpen(std::chrono::milliseconds limit)
{
	const auto seen = header_->opened.load();
	if (!mayPass())
		futexWaitUntil(header_->opened, seen, std::min(heldUntil(), after(limit)));
}

bool GateFile::tryLock()
{
	return lockByte(fd_.get(), F_WRLCK, Holding);
}

void GateFile::unlock()
{
	lockByte(fd_.get(), F_UNLCK, Holding);
}

bool GateFile::isLocked() const
{
	return isLockedByOthers(fd_.get(), Holding);
}

void GateFile::noteLeft()
{
	header_->left++;
	futexWake(header_->left);
}

void GateFile::waitForNote(uint32_t seen, std::chrono::milliseconds limit)
{
	futexWaitUntil(header_->left, seen, after(limit));
}

} // namespace fss
