package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion(w world) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(w.stdout, "skill %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// release is set by the linker where the go command cannot know the version: -ldflags "-X main.release=v1.2.3".
var release string

// version is what the linker was told, else what the go command knew when it built the binary.
func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// userAgent says to publishers what fetches their feed, and on whose behalf where that is known.
func userAgent(publicURL string) string {
	if publicURL == "" {
		return "lastpost/" + version() + " (a self-hosted Alexa skill)"
	}
	return "lastpost/" + version() + " (+" + publicURL + ")"
}
