package assembly

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

func TestLinkingClient(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("juniper & branch\n"), 0o600))
	c := &config.Config{PublicURL: "https://skill.example.com", Skills: []config.Skill{{Path: "/alexa"}}, AccountLinking: config.AccountLinking{
		Path: "/link", AuthorizationURL: "https://auth.example.com:8443/a", TokenURL: "https://auth.example.com/t",
		ClientID: "alexa", ClientSecretFile: secret, ClientAuthentication: "body", Scopes: []string{"openid", "offline_access"},
	}}
	got, err := LinkingClient(c)
	require.NoError(t, err)
	require.JSONEq(t, `{"type": "AUTH_CODE", "authorizationUrl": "https://skill.example.com/link/authorize",
		"accessTokenUrl": "https://skill.example.com/link/token", "clientId": "alexa", "clientSecret": "juniper & branch",
		"accessTokenScheme": "REQUEST_BODY_CREDENTIALS", "scopes": ["openid", "offline_access"],
		"domains": ["skill.example.com", "auth.example.com"], "skipOnEnablement": true}`, string(got))

	c.AccountLinking.AuthorizationURL, c.AccountLinking.ClientAuthentication, c.AccountLinking.Scopes = "https://skill.example.com/a", "basic", nil
	got, err = LinkingClient(c)
	require.NoError(t, err)
	require.Contains(t, string(got), `"accessTokenScheme":"HTTP_BASIC","scopes":[],"domains":["skill.example.com"]`)

	c.PublicURL = ""
	_, err = LinkingClient(c)
	require.EqualError(t, err, "account_linking needs the public address of the service: set public_url")
	c.PublicURL, c.AccountLinking.ClientSecretFile = "https://skill.example.com", secret+".missing"
	_, err = LinkingClient(c)
	require.ErrorIs(t, err, os.ErrNotExist)
	c.AccountLinking.ClientID = ""
	got, err = LinkingClient(c)
	require.NoError(t, err)
	require.Nil(t, got)
}
