#pragma once

// One mistake of an organiser, or of the world: tests/errors/cases/NAME.yaml, and NAME.txt with the screen it leads to.
//
//   what: a sentence
//   hosts: 1                        how many the workshop of the party wants
//   sandbox: [NAME=VALUE, ...]      as `muster sandbox --set`
//   set: {VARIABLE: text}           of the environment; HOME is an empty directory
//   unset: [VARIABLE, ...]          OS_* and OVH_* stand for all that begin so
//   files: {PATH: text}             below the manifests' directory, or below HOME when they begin with ~/
//   before: [[apply, --yes], ...]   commands that go well
//   then: {PATH: text}              files that are written after those
//   control: [[PATH, body], ...]    posted to the sandbox's control address
//   faults: [RULE, ...]             as POST /faults takes them, from here on
//   run: [[plan], ...]              the commands whose screens are shown; `-f` and the manifests are added
//   as_given: true                  ... unless this says otherwise
//   hurry: 500                      the command's waiting takes so many times less
//   lock_held: true
//   small_disk: true                the database is on a disk that is full at once; needs the right to mount one
//   not_as_root: true               root may do it, so the mistake cannot be made as root
//
// In texts @DIR@, @HOME@ and @NOVA@ (any service) stand for what they name.

#include <filesystem>
#include <string>
#include <vector>

namespace muster::test {

/// Of tests/errors/cases, sorted.
std::vector<std::filesystem::path> all_cases();

/// The screens of all its commands, with what varies taken out. Empty when it cannot be run by this user.
std::string screens_of(const std::filesystem::path& file);

}  // namespace muster::test
