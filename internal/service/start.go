package service

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"syscall"

	"lastpost/internal/assembly"
	"lastpost/internal/config"
	"lastpost/internal/server"
	"lastpost/internal/server/acme"
)

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
	logACME(log, s)
	for _, skill := range c.Skills {
		endpoint := cmp.Or(c.Endpoint(skill), "unknown: set public_url")
		log.Info("skill", "skill", skill.Name, "path", skill.Path, "endpoint", endpoint, "feed", skill.Feed.String())
	}
	logLinking(log, c)
}

// logACME says where certificates come from.
func logACME(log *slog.Logger, s *server.Server) {
	a, ok := s.Issuer.(*acme.Manager)
	if !ok {
		return
	}
	log.Info("certificates from a CA", "domains", strings.Join(a.Domains, " "),
		"directory", cmp.Or(a.Directory, "Let's Encrypt"), "http_listen", s.IssuerAddress, "dir", a.Dir)
}

// logLinking says what Amazon's console is to be told.
func logLinking(log *slog.Logger, c *config.Config) {
	if !c.AccountLinking.On() {
		return
	}
	authorize, token := c.LinkURLs()
	if authorize == "" {
		authorize, token = "unknown: set public_url", "unknown: set public_url"
	}
	log.Info("account linking", "authorization_uri", authorize, "access_token_uri", token, "record", c.AccountLinking.Record)
}
