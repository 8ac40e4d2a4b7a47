package assembly

import "runtime/debug"

// release is set by the linker where the go command cannot know the version: -ldflags "-X lastpost/internal/assembly.release=v1.2.3".
var release string

// Version is what the linker was told, else what the go command knew when it built the binary.
func Version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// UserAgent says to publishers what fetches their feed, and on whose behalf where that is known.
func UserAgent(publicURL string) string {
	if publicURL == "" {
		return "lastpost/" + Version() + " (a self-hosted Alexa skill)"
	}
	return "lastpost/" + Version() + " (+" + publicURL + ")"
}
