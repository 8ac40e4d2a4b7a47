package assembly

import (
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"

	"lastpost/internal/config"
	"lastpost/internal/linkproxy"
)

// LinkDir is the folder of the traces of account linking.
func LinkDir(c *config.Config) string { return filepath.Join(c.DataDir, "link") }

// NewLinkProxy makes the proxy of a configuration. The caller sets its recorder.
func NewLinkProxy(a config.AccountLinking, log *slog.Logger) (*linkproxy.Proxy, error) {
	authorization, err := url.Parse(a.AuthorizationURL)
	if err != nil {
		return nil, fmt.Errorf("account_linking.authorization_url: %w", err)
	}
	token, err := url.Parse(a.TokenURL)
	if err != nil {
		return nil, fmt.Errorf("account_linking.token_url: %w", err)
	}
	return &linkproxy.Proxy{
		Path: a.Path, AuthorizationURL: authorization, TokenURL: token, Mode: linkproxy.Mode(a.Authorize), Log: log,
	}, nil
}
