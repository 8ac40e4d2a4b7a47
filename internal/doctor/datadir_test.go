package doctor

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

// TestCheckDataDir uses folders that even root cannot write to, and a user without root's permissions.
func TestCheckDataDir(t *testing.T) {
	t.Parallel()
	const choose = "set data_dir to a folder that can be created, or create it for the service's user"
	for _, row := range []struct {
		claim   string
		prepare func(t *testing.T, dir string) // creates what stands at data_dir
		below   string                         // data_dir is below that
		user    bool                           // the check runs without root's permissions
		want    Finding
	}{
		{"a folder", makeFolder(0o700), "", false, Finding{OK, "", "DIR is writable by this user", ""}},
		{"a missing folder", makeFolder(0o700), "/a/b/c", false, Finding{OK, "", "DIR does not exist yet: the service can create it when it starts", ""}},
		{"a file", makeFile, "", false, Finding{Fail, "", "data_dir DIR: mkdir DIR: not a directory; set data_dir to a folder that this user can write to", ""}},
		{"below a file", makeFile, "/data", false, Finding{Fail, "", "data_dir DIR: mkdir TOP: not a directory; set data_dir to a folder that this user can write to", ""}},
		{"a link to a folder that does not exist", makeLink, "", false,
			Finding{Fail, "", "DIR is a link to a folder that does not exist", "create that folder for the service's user"}},
		{"below a link to a folder that does not exist", makeLink, "/data", false,
			Finding{Fail, "", "DIR does not exist and cannot be created: stat TOP: no such file or directory", choose}},
		{"a folder that this user may not write to", makeFolder(0o555), "", true,
			Finding{Fail, "", "data_dir DIR: open DIR/PROBE: permission denied; DIR belongs to this user, uid " + strconv.Itoa(os.Geteuid()) +
				": look at the permissions of the folder, and with SELinux at its label (mount a container's folder with :Z)", ""}},
		{"a missing folder in a folder of another user", makeFolder(0o555), "/data", true,
			Finding{Fail, "", "DIR does not exist and cannot be created: mkdir TOP/PROBE: permission denied", choose}},
		{"archives of another user", makeArchives, "", true, Finding{Fail, "", "DIR/archive is not writable by this user: mkdir DIR/archive/PROBE: " +
			"permission denied", "run this as the service's user, or as root; if the service cannot write to it, give the folder to the service's user"}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			top := filepath.Join(publicTempDir(t), "top")
			row.prepare(t, top)
			before := listAll(t, filepath.Dir(top))
			var got Finding
			check := func() { got = checkDataDir(&config.Config{DataDir: top + row.below}) }
			if row.user {
				asUnprivilegedUser(t, check)
			} else {
				check()
			}
			row.want.Check = "data directory"
			got.Message = probeName.ReplaceAllString(got.Message, "/PROBE")
			got.Message = strings.ReplaceAll(strings.ReplaceAll(got.Message, top+row.below, "DIR"), top, "TOP")
			require.Equal(t, row.want, got)
			require.Equal(t, before, listAll(t, filepath.Dir(top)), "the check leaves no files")
		})
	}
}

// TestCheckReadOnlyDataDir has a read-only file system, to which root cannot write either.
func TestCheckReadOnlyDataDir(t *testing.T) {
	t.Parallel()
	const readOnly = "/proc/sys" // every folder of proc refuses new files, for root too
	for _, dir := range []string{readOnly, readOnly + "/lastpost"} {
		got := checkDataDir(&config.Config{DataDir: dir})
		require.Equal(t, Fail, got.Verdict, got)
		require.Contains(t, got.Message, dir)
	}
}

// probeName matches the random name of the probe.
var probeName = regexp.MustCompile(`/\.probe-\d+`)

func makeFolder(mode fs.FileMode) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		require.NoError(t, os.Mkdir(dir, 0o700))
		require.NoError(t, os.Chmod(dir, mode))
	}
}

func makeFile(t *testing.T, name string) {
	t.Helper()
	require.NoError(t, os.WriteFile(name, nil, 0o600))
}

func makeLink(t *testing.T, name string) {
	t.Helper()
	require.NoError(t, os.Symlink(name+"-missing", name))
}

// makeArchives creates a folder that everyone may write to, with archives that only root may write to.
func makeArchives(t *testing.T, dir string) {
	t.Helper()
	makeFolder(0o777)(t, dir)
	makeFolder(0o555)(t, filepath.Join(dir, "archive"))
}

// publicTempDir returns a temporary folder that every user can reach.
func publicTempDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}

// listAll returns the paths below dir.
func listAll(t *testing.T, dir string) (paths []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		paths = append(paths, path)
		return err
	}))
	return paths
}
