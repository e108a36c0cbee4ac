#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "resources/workshop/boot.h"
#include "resources/workshop/boot_files.h"
#include "resources/workshop/fixture_for_test.h"
#include "tests/support/catch.h"

// The boot script is really run here: in a directory of its own, with archives from that directory.

namespace muster::workshop {
namespace {

namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path& path, const std::string& content) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

int run(const std::string& command) {
  const int status = std::system(command.c_str());
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

std::string filled(const Value& content) {
  if (content.is_string()) return content.as_string();
  if (const auto* text = std::get_if<Text>(&content.as_hole())) return text->parts.at(0).as_string();
  return to_canonical_json(std::get<Document>(content.as_hole()).body);
}

/// A host's file system as far as the boot concerns it, and the mirror it downloads from.
class BootedHost {
 public:
  BootedHost() {
    std::string pattern = (fs::temp_directory_path() / "muster-boot-").string() + std::string(6, 'X');
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    base_ = pattern;
    write(base_ / "mirror/element-v1/index.html", "<title>Element</title>");
    // Answers "validate" as Caddy does: by its status.
    write(base_ / "mirror/caddy", "#!/bin/sh\n[ \"$1\" = validate ] && grep -q file_server \"$3\"\n");
    fs::permissions(base_ / "mirror/caddy", fs::perms::owner_all);
    REQUIRE(run("tar -C '" + mirror() + "' -czf '" + mirror() + "/element.tar.gz' element-v1") == 0);
    REQUIRE(run("tar -C '" + mirror() + "' -czf '" + mirror() + "/caddy.tar.gz' caddy") == 0);
    settings.user = "party";
    settings.password = sample_password();
    settings.element = download("element.tar.gz");
    settings.caddy = download("caddy.tar.gz");
  }
  ~BootedHost() { fs::remove_all(base_); }
  BootedHost(const BootedHost&) = delete;
  BootedHost& operator=(const BootedHost&) = delete;

  /// Lays down write_files as cloud-init would, then runs the script with dash. Its exit status.
  int boot() {
    const Value data = BootWriter(settings).user_data("my-event/abcde", "abcde", "abcde.my-event.example.com");
    for (const Value& file : std::get<Document>(data.as_hole()).body.at("write_files").as_list()) {
      const fs::path path = root().string() + file.string_at("path");
      write(path, filled(file.at("content")));
      if (file.string_at("permissions") == "0755") fs::permissions(path, fs::perms::owner_all);
    }
    return run("MUSTER_ROOT='" + root().string() + "' MUSTER_DOWNLOAD_RETRIES=0 MUSTER_RETRY_DELAY=0 " + variables_ +
               " /bin/dash '" + root().string() + "/usr/local/lib/muster/boot'");
  }

  /// Leaves this image without curl. Its apt-get fails `failures` times, then installs curl; what it was told is in
  /// apt_calls().
  void remove_curl(int failures) {
    const fs::path tools = base_ / "tools";
    fs::create_directories(tools);
    for (const char* name : {"cat", "chmod", "cp", "cut", "date", "grep", "gzip", "install", "ln", "mkdir", "mktemp",
                             "mv", "rm", "sh", "sha256sum", "sleep", "tar", "tr"}) {
      const fs::path usual = fs::path("/usr/bin") / name;
      fs::create_symlink(fs::exists(usual) ? usual : fs::path("/bin") / name, tools / name);
    }
    write(base_ / "apt-failures", std::string(static_cast<std::size_t>(failures), 'x'));
    write(tools / "apt-get", "#!/bin/sh\nset -eu\ncd '" + base_.string() +
                                 "'\necho \"$*\" >>apt-calls\n"
                                 "left=$(cat apt-failures)\n"
                                 "if [ -n \"$left\" ]; then\n"
                                 "  printf '%s' \"${left#x}\" >apt-failures\n"
                                 "  echo 'E: Could not get lock /var/lib/apt/lists/lock' >&2\n"
                                 "  exit 100\n"
                                 "fi\n"
                                 "case \" $* \" in *' install '*) ln -s /usr/bin/curl tools/curl ;; esac\n");
    fs::permissions(tools / "apt-get", fs::perms::owner_all);
    variables_ = "PATH='" + tools.string() + "'";
  }
  std::string apt_calls() const { return content_of(base_ / "apt-calls"); }

  fs::path root() const { return base_ / "host"; }
  std::string mirror() const { return (base_ / "mirror").string(); }
  std::string status() const { return content_of(root() / "var/lib/muster/status"); }
  std::string log() const { return content_of(root() / "var/log/muster-boot.log"); }

  BootSettings settings;

 private:
  Download download(const std::string& file) const {
    const std::string path = mirror() + "/" + file;
    return {"file://" + path, digest_bytes(content_of(path))};
  }

  fs::path base_;
  std::string variables_;
};

TEST_CASE("a boot installs the web client and the web server and says it is done") {
  BootedHost host;
  const int code = host.boot();
  INFO(host.log());
  REQUIRE(code == 0);
  CHECK(host.status() == "done\n");
  CHECK(content_of(host.root() / "var/www/element/index.html") == "<title>Element</title>");
  const auto config = nlohmann::json::parse(content_of(host.root() / "var/www/element/config.json"));
  CHECK(config["default_server_config"]["m.homeserver"]["base_url"] == "https://abcde.my-event.example.com:8448");
  CHECK(fs::exists(host.root() / "usr/local/bin/caddy"));
  const fs::path enabled = host.root() / "etc/systemd/system/multi-user.target.wants/caddy.service";
  CHECK(fs::read_symlink(enabled) == "/etc/systemd/system/caddy.service");
}

TEST_CASE("the organiser's script runs last") {
  BootedHost host;
  host.settings.post_install =
      "[ -x \"$MUSTER_ROOT/usr/local/bin/caddy\" ] && cp \"$MUSTER_ROOT/var/lib/muster/status\" "
      "\"$MUSTER_ROOT/seen\"\n";
  REQUIRE(host.boot() == 0);
  CHECK(content_of(host.root() / "seen") == "running post-install\n");
  CHECK(host.status() == "done\n");
}

TEST_CASE("a second boot does no harm") {
  BootedHost host;
  REQUIRE(host.boot() == 0);
  REQUIRE(host.boot() == 0);
  CHECK(host.status() == "done\n");
  CHECK(fs::exists(host.root() / "var/www/element/config.json"));
}

TEST_CASE("an image without curl gets it, however often apt's locks are held meanwhile") {
  BootedHost host;
  host.remove_curl(3);
  const int code = host.boot();
  INFO(host.log());
  REQUIRE(code == 0);
  CHECK(host.status() == "done\n");
  CHECK(host.apt_calls() ==
        "-q update\n-q update\n-q update\n-q update\n"
        "-q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends ca-certificates curl\n");
}

TEST_CASE("an apt-get that never succeeds fails the step, with its own words in the log") {
  BootedHost host;
  host.remove_curl(1'000);
  CHECK(host.boot() == 1);
  CHECK(host.status() == "failed tools\n");
  CHECK(host.log().find("E: Could not get lock /var/lib/apt/lists/lock") != std::string::npos);
  CHECK(host.log().find("apt-get has failed 20 times") != std::string::npos);
}

TEST_CASE("an archive that differs from its checksum is not installed") {
  BootedHost host;
  host.settings.element.checksum[0] = host.settings.element.checksum[0] == '0' ? '1' : '0';
  CHECK(host.boot() != 0);
  CHECK(host.status() == "failed element\n");
  CHECK_FALSE(fs::exists(host.root() / "var/www/element"));
  CHECK(host.log().find("WARNING: 1 computed checksum did NOT match") != std::string::npos);
}

TEST_CASE("an archive that is not there fails the step, and the log says which address") {
  BootedHost host;
  host.settings.caddy.url += ".gone";
  CHECK(host.boot() != 0);
  CHECK(host.status() == "failed caddy\n");
  CHECK(host.log().find("downloading " + host.settings.caddy.url) != std::string::npos);
  CHECK(host.log().find("the step caddy failed") != std::string::npos);
}

TEST_CASE("SHA-512 is checked too") {
  BootedHost host;
  host.settings.caddy.checksum = std::string(128, '0');
  CHECK(host.boot() != 0);
  CHECK(host.status() == "failed caddy\n");
  CHECK(host.log().find("WARNING: 1 computed checksum did NOT match") != std::string::npos);
}

TEST_CASE("an archive of something else is named as such") {
  BootedHost host;
  std::swap(host.settings.element, host.settings.caddy);
  CHECK(host.boot() != 0);
  CHECK(host.status() == "failed element\n");
  CHECK(host.log().find("holds no index.html below one directory") != std::string::npos);
}

TEST_CASE("the organiser's script that fails is the step that failed") {
  BootedHost host;
  host.settings.post_install = "echo its own words; exit 3\n";
  CHECK(host.boot() == 3);
  CHECK(host.status() == "failed post-install\n");
  CHECK(host.log().find("its own words") != std::string::npos);
  CHECK(host.log().find("the step post-install failed with exit status 3") != std::string::npos);
}

TEST_CASE("an address is taken to its last character, and as one address") {
  BootedHost host;
  fs::copy_file(host.mirror() + "/element.tar.gz", host.mirror() + "/a{1,2}[3-4]%b=c=");
  host.settings.element.url = "file://" + host.mirror() + "/a{1,2}[3-4]%25b=c=";
  const int code = host.boot();
  INFO(host.log());
  CHECK(code == 0);
  CHECK(host.status() == "done\n");
}

TEST_CASE("a setting is never run as shell") {
  BootedHost host;
  const std::string trap = (host.root() / "trapped").string();
  host.settings.element.url = "file:///$(touch " + trap + ")`touch " + trap + "`;touch " + trap;
  CHECK(host.boot() != 0);
  CHECK(host.status() == "failed element\n");
  CHECK_FALSE(fs::exists(trap));
}

}  // namespace
}  // namespace muster::workshop
