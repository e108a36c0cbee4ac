#pragma once

// A number that this process and its children share.

#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <new>
#include <stdexcept>

namespace muster::test {

class SharedNumber {
 public:
  SharedNumber() {
    void* page = mmap(nullptr, sizeof(Number), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) throw std::runtime_error("no memory to share with children");
    number_ = ::new (page) Number(0);
  }
  ~SharedNumber() { munmap(number_, sizeof(Number)); }
  SharedNumber(const SharedNumber&) = delete;
  SharedNumber& operator=(const SharedNumber&) = delete;

  std::atomic<std::int64_t>& operator*() const { return *number_; }

 private:
  using Number = std::atomic<std::int64_t>;

  Number* number_;
};

}  // namespace muster::test
