package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"lastpost/internal/assembly"
)

func newVersion(w world) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(w.stdout, "skill %s %s %s/%s\n", assembly.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
