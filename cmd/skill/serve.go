package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"syscall"

	"github.com/spf13/cobra"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/server"
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
			return serve(cmd.Context(), w, file)
		},
	}
	configFlag(cmd, &file)
	return cmd
}

func configFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "config", "", "configuration `FILE` (default $SKILL_CONFIG, else "+assembly.DefaultConfig+")")
}

// explainListen adds the remedy to the two faults that everybody meets. nil stays nil.
func explainListen(err error) error {
	switch {
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%w; ports below 1024 need the right to bind them: run as a service with CAP_NET_BIND_SERVICE", err)
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w; another process listens there: end it, or choose another address", err)
	}
	return err
}

// logStart says where the service listens, and what to tell Amazon.
func logStart(log *slog.Logger, c *config.Config, s *server.Server) {
	private := "none"
	if s.PrivateAddr() != nil {
		private = s.PrivateAddr().String()
	}
	log.Info("listening", "public", s.Addr().String(), "private", private, "tls", string(c.TLS.Mode), "version", assembly.Version())
	assembly.LogACME(log, s)
	for _, skill := range c.Skills {
		endpoint := cmp.Or(c.Endpoint(skill), "unknown: set public_url")
		log.Info("skill", "skill", skill.Name, "path", skill.Path, "endpoint", endpoint, "feed", skill.Feed.String())
	}
	logLinking(log, c)
}
