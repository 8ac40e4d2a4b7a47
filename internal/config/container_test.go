package config_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

const container = "../../configs/container.yaml"

// TestContainerConfigurationIsValid loads the configuration of the image with the environment from the Dockerfile.
func TestContainerConfigurationIsValid(t *testing.T) {
	content, err := os.ReadFile(container)
	require.NoError(t, err)
	const id = "amzn1.ask.skill.00000000-0000-0000-0000-000000000000"
	vars := map[string]string{"SKILL_DOMAIN": "skill.example.com", "SKILL_APPLICATION_ID": id, "SKILL_FEED": "https://halfelf.org/feed/"}
	c, err := config.Parse(container, content, env(vars))
	require.NoError(t, err)
	require.Equal(t, config.TLSACME, c.TLS.Mode)
	require.Equal(t, []string{"skill.example.com"}, c.TLS.Domains)
	require.Equal(t, ":8443", c.Listen, "a port that an unprivileged user can bind")
	require.Equal(t, "127.0.0.1:9090", c.Admin.Listen, "only the health check uses it")
	require.Equal(t, "https://skill.example.com/alexa", c.EndpointURL(c.Skills[0]), "as the file says")
	require.Equal(t, id, c.Skills[0].ApplicationID)
	require.Equal(t, config.FeedURL("https://halfelf.org/feed/"), c.Skills[0].Feed)

	for name := range vars {
		without := func(key string) (string, bool) { value, ok := vars[key]; return value, ok && key != name }
		_, err := config.Parse(container, content, without)
		require.ErrorContains(t, err, "the environment variable "+name+" is not set")
	}
}
