package assembly

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReleaseNamesTagCommitAndDate(t *testing.T) {
	t.Parallel()
	vcs := []debug.BuildSetting{
		{Key: "vcs", Value: "git"},
		{Key: "vcs.revision", Value: "55deb4174e460948d3fc5284409313ab65ecb96a"},
		{Key: "vcs.time", Value: "2026-11-30T20:19:31Z"},
	}
	build := func(version string, settings []debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: version}, Settings: settings}
	}
	for _, c := range []struct {
		claim  string
		linked Release
		built  *debug.BuildInfo
		want   string
	}{
		{"a build of a tag", Release{}, build("v0.1.0", vcs), "v0.1.0 (commit 55deb4174e46 of 2026-11-30T20:19:31Z)"},
		{"a build after a tag, with changes", Release{}, build("v0.1.1-0.20261130201931-55deb4174e46+dirty", vcs),
			"v0.1.1-0.20261130201931-55deb4174e46+dirty (commit 55deb4174e46 of 2026-11-30T20:19:31Z)"},
		{"a build without git", Release{}, build("(devel)", nil), "devel"},
		{"a program without build information", Release{}, nil, "devel"},
		{"an installed module", Release{}, build("v0.1.0", nil), "v0.1.0"},
		{"values from the linker", Release{"v0.1.0", "55deb4174e460948d3fc5284409313ab65ecb96a", "2026-11-30T20:19:31Z"}, build("(devel)", nil),
			"v0.1.0 (commit 55deb4174e46 of 2026-11-30T20:19:31Z)"},
		{"only a version from the linker", Release{Version: "v0.1.0"}, build("v9.9.9", vcs), "v0.1.0"},
		{"a short commit without a date", Release{Version: "v0.1.0", Commit: "55deb4"}, nil, "v0.1.0 (commit 55deb4)"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			require.Equal(t, c.want, releaseOf(c.linked, c.built).String())
		})
	}
}
