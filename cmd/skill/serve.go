package main

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"lastpost/internal/config"
	"lastpost/internal/server"
	"lastpost/internal/verify"
)

const defaultConfig = "/etc/skill/skill.yaml"

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
	cmd.Flags().StringVar(file, "config", "", "configuration `FILE` (default $SKILL_CONFIG, else "+defaultConfig+")")
}

func loadConfig(w world, file string) (*config.Config, error) {
	fromEnv, _ := w.getenv("SKILL_CONFIG")
	return config.Load(cmp.Or(file, fromEnv, defaultConfig), w.getenv)
}

// newServer puts the edge together as the configuration says.
func newServer(c *config.Config, blogs []*blog, log *slog.Logger) (*server.Server, error) {
	certificate, err := loadCertificate(c)
	if err != nil {
		return nil, err
	}
	acme, err := newACME(c)
	if err != nil {
		return nil, err
	}
	password, err := readPassword(c.Admin.PasswordFile)
	if err != nil {
		return nil, err
	}
	proxy, err := trustedProxy(c.Proxy)
	if err != nil {
		return nil, err
	}
	return &server.Server{
		Address: c.Listen, Certificate: certificate, ACME: acme, PrivateAddress: c.Admin.Listen,
		Skills: served(blogs), Password: password, Proxy: proxy,
		MaxConnections: connections(), Version: version(), Log: log,
		Verifier: &verify.Verifier{
			Dir:  filepath.Join(c.DataDir, "chains"),
			Warn: func(err error) { log.Warn("signing certificate", "error", err.Error()) },
		},
	}, nil
}

// served are the skills as the server knows them.
func served(blogs []*blog) (skills []server.Skill) {
	for _, b := range blogs {
		skills = append(skills, b.served())
	}
	return skills
}

// trustedProxy makes networks of the addresses that are believed.
func trustedProxy(c config.Proxy) (server.Proxy, error) {
	p := server.Proxy{Header: c.Header}
	for _, text := range c.Trusted {
		network, err := netip.ParsePrefix(text)
		if addr, single := netip.ParseAddr(text); err != nil && single == nil {
			network, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return p, fmt.Errorf("proxy.trusted: %w", err)
		}
		p.Trusted = append(p.Trusted, network)
	}
	return p, nil
}

// connections is how many the public listener takes at a time: as many as are useful, or as there are files for that the
// process may open, feeds, certificates and the other listener aside.
func connections() int {
	const useful, others = 1024, 64
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur > useful+others {
		return useful
	}
	return max(1, int(limit.Cur)-others)
}

// writable finds out before anything depends on it that the data directory can be used.
func writable(dir string) error {
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		var probe *os.File
		if probe, err = os.CreateTemp(dir, ".probe-*"); err == nil {
			err = errors.Join(probe.Close(), os.Remove(probe.Name()))
		}
	}
	if err != nil {
		return fmt.Errorf("data_dir %s: %w; set data_dir to a folder that this user can write to", dir, err)
	}
	return nil
}

// loadCertificate gives nil where a proxy speaks TLS, or a CA is asked for certificates.
func loadCertificate(c *config.Config) (*server.Certificate, error) {
	switch c.TLS.Mode {
	case config.TLSFiles:
		return server.LoadCertificate(c.TLS.CertFile, c.TLS.KeyFile)
	case config.TLSSelfSigned:
		return server.SelfSigned(c.DataDir, c.TLS.Domains, time.Now())
	}
	return nil, nil
}

func readPassword(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("admin.password_file: %w", err)
	}
	password := strings.TrimSpace(string(content))
	if password == "" {
		return "", fmt.Errorf("admin.password_file %s is empty: write a password into it", file)
	}
	return password, nil
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
	log.Info("listening", "public", s.Addr().String(), "private", private, "tls", string(c.TLS.Mode), "version", version())
	logACME(log, s.ACME)
	for _, skill := range c.Skills {
		endpoint := cmp.Or(c.Endpoint(skill), "unknown: set public_url")
		log.Info("skill", "skill", skill.Name, "path", skill.Path, "endpoint", endpoint, "feed", skill.Feed.String())
	}
	logLinking(log, c)
}
