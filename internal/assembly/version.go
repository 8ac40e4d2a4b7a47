package assembly

import (
	"cmp"
	"runtime/debug"
)

// The linker sets these variables where the go command cannot know the commit, such as in the container build:
// -ldflags "-X lastpost/internal/assembly.release=v1.2.3 -X lastpost/internal/assembly.commit=… -X lastpost/internal/assembly.date=…".
var release, commit, date string

// A Release identifies the source of the program. Commit and Date are empty if the build did not know them.
type Release struct {
	Version string // a tag such as v1.2.3, a pseudo-version, or "devel"
	Commit  string // the hash
	Date    string // of the commit, in RFC 3339
}

// CurrentRelease returns the values set by the linker, or else the values in the build information.
func CurrentRelease() Release {
	info, _ := debug.ReadBuildInfo() // nil without build information
	return releaseOf(Release{release, commit, date}, info)
}

// Version returns the version of the program: a tag, a pseudo-version, or "devel".
func Version() string { return CurrentRelease().Version }

// releaseOf returns the linked values. Without a linked version it returns the values of the build information.
func releaseOf(linked Release, info *debug.BuildInfo) Release {
	if linked.Version != "" {
		return linked
	}
	found := Release{Version: "devel"}
	if info == nil {
		return found
	}
	if info.Main.Version != "(devel)" {
		found.Version = cmp.Or(info.Main.Version, found.Version)
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			found.Commit = setting.Value
		case "vcs.time":
			found.Date = setting.Value
		}
	}
	return found
}

// String returns the version, and the commit and its date if they are known.
func (r Release) String() string {
	if r.Commit == "" {
		return r.Version
	}
	text := r.Version + " (commit " + r.Commit[:min(len(r.Commit), 12)]
	if r.Date != "" {
		text += " of " + r.Date
	}
	return text + ")"
}
