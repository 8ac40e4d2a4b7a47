package main

import (
	"github.com/spf13/cobra"

	"lastpost/internal/assembly"
	"lastpost/internal/doctor"
)

func newHealthcheck(w world) *cobra.Command {
	var file string
	var ready bool
	cmd := &cobra.Command{
		Use:   "healthcheck",
		Short: "Ask the running service whether it lives",
		Long: `Ask the running service at its private listener, admin.listen, whether it lives, or with --ready whether every skill has
posts to answer from. Prints what it answers. Ends with 1 where that is a no, or nothing within 3 s.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := assembly.LoadConfig(file, w.getenv)
			if err != nil {
				return err
			}
			return doctor.AskHealth(cmd.Context(), w.stdout, c.Admin, ready)
		},
	}
	configFlag(cmd, &file)
	cmd.Flags().BoolVar(&ready, "ready", false, "ask whether every skill has posts, too")
	return cmd
}
