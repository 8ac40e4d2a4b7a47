package main

import (
	"lastpost/internal/service"

	"github.com/spf13/cobra"

	"lastpost/internal/assembly"
)

func newServe(w world) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the service",
		Long: `Run the service until SIGTERM or SIGINT. Then it reports that it is not ready, waits for the requests in flight and
ends. SIGHUP rereads the configuration and the certificate, and polls the feeds as soon as their publishers' wishes allow.
A configuration that is faulty, or that would need other listeners, changes nothing: the log says why. Sockets, signs of
life and their watchdog are as systemd has them.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return service.Serve(cmd.Context(), service.Options{Config: file, Getenv: w.getenv, Log: w.stderr, Pace: w.pace})
		},
	}
	configFlag(cmd, &file)
	return cmd
}

func configFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "config", "", "configuration `FILE` (default $SKILL_CONFIG, else "+assembly.DefaultConfig+")")
}
