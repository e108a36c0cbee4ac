#pragma once

// How a package that is sent whole may be compressed.

struct archive;

namespace muster {

/// Lets libarchive read what it decodes itself: gzip, bzip2, xz, lzma, lzip, zstd and compress, or nothing of these.
/// All else that it knows it hands to programs it finds in PATH, which no package may ask for.
void support_tar_compressions(archive* reader);

}  // namespace muster
