#include "resources/workshop/boot.h"

#include <fmt/format.h>

#include <utility>

#include "resources/workshop/boot_files.h"

namespace muster::workshop {
namespace {

/// One text that many hosts hold: copies of a hole share what it stands for.
Value shared_text(std::string_view text) { return Hole(Text{{Value(text)}}); }

/// A token of a Caddyfile. Only the quote itself needs escaping between quotes.
std::string caddy_token(std::string_view text) {
  std::string token = "\"";
  for (const char c : text) {
    if (c == '"') token += '\\';
    token += c;
  }
  return token + '"';
}

std::string settings_file(const BootSettings& settings) {
  return fmt::format("ELEMENT_URL={}\nELEMENT_CHECKSUM={}\nCADDY_URL={}\nCADDY_CHECKSUM={}\n", settings.element.url,
                     settings.element.checksum, settings.caddy.url, settings.caddy.checksum);
}

/// A script without an interpreter line would not start: the shell is what its author means.
std::string executable(const std::string& script) { return script.starts_with("#!") ? script : "#!/bin/sh\n" + script; }

Value element_config(const std::string& name) {
  const Map homeserver{{"base_url", fmt::format("https://{}:8448", name)}, {"server_name", name}};
  return Hole(Document{DocumentFormat::json, "", Map{{"default_server_config", Map{{"m.homeserver", homeserver}}}}});
}

}  // namespace

BootWriter::BootWriter(BootSettings settings) : settings_(std::move(settings)) {
  common_files_ = {
      boot_file("/etc/muster/boot.env", "0644", shared_text(settings_file(settings_))),
      boot_file("/etc/systemd/system/caddy.service", "0644", shared_text(caddy_unit)),
      boot_file("/usr/local/lib/muster/boot", "0755", shared_text(boot_script)),
  };
  if (!settings_.user.empty()) {
    // sshd takes the first value it reads: this file sorts before those of the image and of cloud-init.
    common_files_.push_back(
        boot_file("/etc/ssh/sshd_config.d/00-muster.conf", "0644", shared_text("PasswordAuthentication yes\n")));
  }
  if (!settings_.post_install.empty()) {
    common_files_.push_back(
        boot_file("/usr/local/lib/muster/post-install", "0755", shared_text(executable(settings_.post_install))));
  }
}

List BootWriter::files(const std::string& name) const {
  List files = common_files_;
  files.push_back(boot_file("/etc/caddy/Caddyfile", "0644", caddyfile(settings_, name)));
  files.push_back(boot_file("/etc/muster/element-config.json", "0644", element_config(name)));
  return files;
}

Value BootWriter::user_data(const std::string& key, const std::string& host, const std::string& name) const {
  Map body{{"fqdn", name},
           {"hostname", host},
           {"manage_etc_hosts", true},
           {"runcmd", List{List{"/usr/local/lib/muster/boot"}}},
           {"write_files", files(name)}};
  if (!settings_.user.empty()) {
    Secret password = std::get<Secret>(settings_.password.as_hole());
    password.form = SecretForm::password_hash;
    if (settings_.per_host_password) password.label = key;
    const Value hash = Hole(std::move(password));
    body["ssh_pwauth"] = true;
    body["users"] = List{"default", Map{{"lock_passwd", false},
                                        {"name", settings_.user},
                                        {"passwd", hash},
                                        {"shell", "/bin/bash"},
                                        {"sudo", "ALL=(ALL) NOPASSWD:ALL"}}};
    // `users` leaves the password of a user that the image has already as it is; this does not.
    body["chpasswd"] =
        Map{{"expire", false}, {"users", List{Map{{"name", settings_.user}, {"password", hash}, {"type", "hash"}}}}};
  }
  return Hole(Document{DocumentFormat::yaml, "#cloud-config\n", std::move(body)});
}

Value boot_file(std::string path, std::string mode, Value content) {
  return Map{{"content", std::move(content)}, {"path", std::move(path)}, {"permissions", std::move(mode)}};
}

// The homeserver that attendees install answers ACME challenges on 8888, and whatever else it serves below .well-known.
std::string caddyfile(const BootSettings& settings, const std::string& name) {
  std::string text;
  if (!settings.acme_email.empty() || !settings.acme_ca.empty()) {
    text += "{\n";
    if (!settings.acme_email.empty()) text += fmt::format("\temail {}\n", caddy_token(settings.acme_email));
    if (!settings.acme_ca.empty()) text += fmt::format("\tacme_ca {}\n", caddy_token(settings.acme_ca));
    text += "}\n\n";
  }
  text += fmt::format("{} {{\n", name);
  if (settings.internal_tls) text += "\ttls internal\n";
  text +=
      "\troot * /var/www/element\n"
      "\treverse_proxy /.well-known/* 127.0.0.1:8888\n"
      "\tfile_server\n"
      "}\n";
  return text;
}

}  // namespace muster::workshop
