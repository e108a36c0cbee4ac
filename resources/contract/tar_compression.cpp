#include "resources/contract/tar_compression.h"

#include <archive.h>

namespace muster {

void support_tar_compressions(archive* reader) {
  archive_read_support_filter_gzip(reader);
  archive_read_support_filter_bzip2(reader);
  archive_read_support_filter_xz(reader);
  archive_read_support_filter_lzma(reader);
  archive_read_support_filter_lzip(reader);
  archive_read_support_filter_zstd(reader);
  archive_read_support_filter_compress(reader);
}

}  // namespace muster
