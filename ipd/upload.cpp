#include "ipd/upload.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "resources/contract/error.h"

namespace muster::ipd {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_text = 1024;
/// How often the disk is asked for its room.
constexpr std::int64_t room_is_asked_every = std::int64_t{16} << 20;

/// `bytes` are those that are not written yet.
bool write_all(int descriptor, std::string_view& bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// So that a rename is on the disk.
void sync_directory(const fs::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool is_synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!is_synced)
    throw Error(Fault::permanent, fmt::format("cannot write {}: {}", directory.string(), std::strerror(error)));
}

}  // namespace

Upload::Upload(const Files& files, const Kept& kept, std::string id, UploadLimits limits, UploadRights rights)
    : files_(files), kept_(kept), id_(std::move(id)), limits_(limits), rights_(std::move(rights)) {}

Upload::~Upload() { discard(); }

void Upload::discard() {
  for (std::optional<ArrivingFile>* part : {&image_, &package_})
    if (*part && (*part)->descriptor >= 0) ::close(std::exchange((*part)->descriptor, -1));
  if (is_published_) return;
  std::error_code ignored;  // the next start removes what stays
  fs::remove(files_.arriving_image(id_), ignored);
  fs::remove(files_.arriving_package(id_), ignored);
}

/// What has come of it is of no use from then on.
void Upload::refuse(int status, std::string words) {
  if (refusal_) return;
  refusal_ = Refusal{status, std::move(words), {}};
  discard();
}

void Upload::part(const std::string& name, bool has_file_name, const std::string& file_name, std::uint64_t offset,
                  std::string_view bytes) {
  received_ += static_cast<std::int64_t>(bytes.size());
  if (received_ > limits_.bytes) return refuse(413, fmt::format("more than {} bytes", limits_.bytes));
  if (name == "image" || name == "package") {
    if (!has_file_name) return refuse(400, fmt::format("the part {} is no file", name));
    std::optional<ArrivingFile>& part = name == "image" ? image_ : package_;
    return file(part, name == "image" ? files_.arriving_image(id_) : files_.arriving_package(id_), file_name, offset,
                bytes);
  }
  text(name, offset, bytes);
}

std::optional<std::string>* Upload::text_called(const std::string& name) {
  const std::pair<std::string_view, std::optional<std::string>*> all[] = {{"project", &texts_.project},
                                                                          {"version", &texts_.version},
                                                                          {"exit_codes", &texts_.exit_codes},
                                                                          {"owner", &texts_.owner},
                                                                          {"image_name", &texts_.image_name},
                                                                          {"image_sha256", &texts_.image_sha256},
                                                                          {"package_sha256", &texts_.package_sha256}};
  for (const auto& [known, text] : all)
    if (name == known) return text;
  return nullptr;
}

/// Of several parts of one name the first counts.
void Upload::text(const std::string& name, std::uint64_t offset, std::string_view bytes) {
  if (offset == 0) {
    std::optional<std::string>* wanted = text_called(name);
    const bool is_first = wanted != nullptr && !wanted->has_value();
    open_text_ = is_first ? wanted : nullptr;
    if (is_first) wanted->emplace();
  }
  if (open_text_ == nullptr) return;
  if ((*open_text_)->size() + bytes.size() > longest_text)
    return refuse(400, fmt::format("the part {} is longer than {} bytes", name, longest_text));
  (*open_text_)->append(bytes);
}

/// Precondition: it was sent.
void Upload::check_project() {
  if (!is_project_name(*texts_.project))
    refuse(400, "project has to begin with a letter or digit and may hold 64 letters, digits, '.', '_' and '-'");
  else if (!rights_.may_deploy(*texts_.project))
    refuse(403, "this user may not deploy this project");
}

/// Precondition: there is an image.
void Upload::check_image_name() {
  constexpr std::size_t longest_name = 255;  // of a file, on Linux
  const std::string name = plain_file_name(image_->file_name);
  if (!is_image_name(name)) refuse(400, "the image's name has to end with .tar, .tgz, .gz or .bz2");
  if (name.size() > longest_name) refuse(400, fmt::format("the image's name is longer than {} bytes", longest_name));
}

void Upload::begin(std::optional<ArrivingFile>& part, const fs::path& path, const std::string& file_name) {
  open_ = nullptr;
  if (part) return;  // the first counts
  part.emplace();
  part->file_name = file_name;
  if (texts_.project) check_project();
  if (&part == &image_) check_image_name();
  if (refusal_) return;
  part->descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (part->descriptor < 0) return refuse(507, fmt::format("{}: {}", path.string(), std::strerror(errno)));
  open_ = &part;
}

void Upload::file(std::optional<ArrivingFile>& part, const fs::path& path, const std::string& file_name,
                  std::uint64_t offset, std::string_view bytes) {
  if (offset == 0) begin(part, path, file_name);
  if (open_ != &part || refusal_) return;
  const std::int64_t before = part->size;
  part->size += static_cast<std::int64_t>(bytes.size());
  const bool asks = before == 0 || before / room_is_asked_every != part->size / room_is_asked_every;
  const std::int64_t missing = asks ? limits_.keep_free - files_.free_bytes() : 0;
  if (missing > 0 && !kept_.give_up(missing))
    return refuse(507, fmt::format("less than {} MiB would stay free on the disk", limits_.keep_free >> 20));
  part->digest.add(bytes);
  if (write_all(part->descriptor, bytes)) return;
  const int error = errno;
  const bool made_room = error == ENOSPC && kept_.give_up(static_cast<std::int64_t>(bytes.size()));
  if (!made_room || !write_all(part->descriptor, bytes))
    refuse(507, fmt::format("{}: {}", path.string(), std::strerror(error)));
}

bool Upload::close(ArrivingFile& part) {
  part.hex = part.digest.finish();
  const bool is_synced = ::fdatasync(part.descriptor) == 0;
  const int error = errno;
  const bool is_closed = ::close(part.descriptor) == 0;
  part.descriptor = -1;
  if (is_synced && is_closed) return true;
  refuse(507, std::strerror(is_synced ? errno : error));
  return false;
}

/// What was sent counts; what was not is taken from what is kept.
void Upload::take_kept(std::optional<ArrivingFile>& part, const std::optional<std::string>& digest, const char* name,
                       const fs::path& path) {
  if (part) return;
  if (!digest) return refuse(400, fmt::format("the part {} is missing", name));
  if (refusal_ && refusal_->missing.empty()) return;
  if (!rights_.may_take(*digest) || !kept_.take(*digest, path)) {
    refuse(409, "not kept here (any more): send it");
    refusal_->missing += (refusal_->missing.empty() ? "" : ", ") + std::string(name);
    return;
  }
  std::error_code fault;
  part.emplace();
  part->hex = *digest;
  part->size = static_cast<std::int64_t>(fs::file_size(path, fault));
  part->file_name = texts_.image_name.value_or("");
}

std::variant<Deployment, Refusal> Upload::take(bool whole) {
  const std::optional<std::string>& project = texts_.project;
  if (!whole) refuse(400, "the body is no multipart/form-data, or breaks off");
  if (!project) refuse(400, "the part project is missing");
  if (project) check_project();
  const auto exit_codes = texts_.exit_codes ? parse_exit_codes(*texts_.exit_codes) : ExitCodes::legacy;
  if (!exit_codes) refuse(400, "exit_codes is legacy or usual");
  take_kept(package_, texts_.package_sha256, "package", files_.arriving_package(id_));
  take_kept(image_, texts_.image_sha256, "image", files_.arriving_image(id_));
  if (image_) check_image_name();
  for (std::optional<ArrivingFile>* part : {&image_, &package_})
    if (!refusal_ && (*part)->hex.empty()) close(**part);
  if (refusal_) return *refusal_;
  Deployment deployment;
  deployment.id = id_;
  deployment.project = *project;
  deployment.version = texts_.version.value_or("");
  deployment.exit_codes = *exit_codes;
  deployment.content = {plain_file_name(image_->file_name), image_->hex, image_->size, package_->hex};
  return deployment;
}

void Upload::publish() {
  is_published_ = true;  // from here on whoever called, or the start of the next daemon, decides what stays
  std::error_code fault;
  fs::rename(files_.arriving_image(id_), files_.image(id_), fault);
  if (!fault) fs::rename(files_.arriving_package(id_), files_.package(id_), fault);
  if (fault) throw Error(Fault::permanent, fmt::format("{}: {}", files_.image(id_).string(), fault.message()));
  sync_directory(files_.directory());
}

}  // namespace muster::ipd
