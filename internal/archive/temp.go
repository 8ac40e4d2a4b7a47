package archive

import (
	"cmp"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// tempMarker separates a file's name from the number of its temporary file.
const tempMarker = ".new-"

// createTemp creates a temporary file beside a file. removeStaleTemps removes it after a crash.
func createTemp(file string) (*os.File, error) {
	// The zeros make the number longer than a date, because os.CreateTemp may choose a short one.
	return os.CreateTemp(filepath.Dir(file), filepath.Base(file)+tempMarker+"00000000*")
}

// removeStaleTemps removes temporary files that killed processes left. Once the file exists, temporary files are stale.
// A concurrent process whose temporary file is removed here opens the existing file instead. Errors are ignored because
// leftover temporary files do no harm.
func removeStaleTemps(file string) {
	dir, base := filepath.Split(file)
	entries, _ := os.ReadDir(cmp.Or(dir, "."))
	for _, entry := range entries {
		number, isTemp := strings.CutPrefix(entry.Name(), base+tempMarker)
		for _, suffix := range []string{"-wal", "-shm", "-journal"} {
			number = strings.TrimSuffix(number, suffix)
		}
		// A number of up to eight digits may be a date: the operator may have named a copy so.
		if _, err := strconv.ParseUint(number, 10, 32); isTemp && err == nil && len(number) > len("20260314") {
			_ = os.Remove(filepath.Join(dir, entry.Name()))
		}
	}
}
