#include "resources/contract/error.h"

#include <utility>

namespace muster {

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::usage:
      return "usage";
    case Fault::invalid:
      return "invalid";
    case Fault::denied:
      return "denied";
    case Fault::conflict:
      return "conflict";
    case Fault::transient:
      return "transient";
    case Fault::permanent:
      return "permanent";
    case Fault::unclear:
      return "unclear";
    case Fault::interrupted:
      return "interrupted";
  }
  return "permanent";
}

Error::Error(Fault fault, std::string message, std::string hint)
    : fault_(fault), message_(std::move(message)), hint_(std::move(hint)) {}

Error& Error::while_doing(std::string frame) {
  frames_.push_back(std::move(frame));
  return *this;
}

Error& Error::with_retry_after(std::chrono::milliseconds delay) {
  retry_after_ = delay;
  return *this;
}

Error& Error::with_hint(std::string hint) {
  hint_ = std::move(hint);
  return *this;
}

std::string Error::full_text() const {
  std::string text = message_;
  for (const std::string& frame : frames_) text += "\n  while " + frame;
  if (!hint_.empty()) text += "\n  " + hint_;
  return text;
}

}  // namespace muster
