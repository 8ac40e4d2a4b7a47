package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/doctor"
	"lastpost/internal/simulator"
)

// TestHelpUsesPackagedName checks that help and completions name the command as the packages install it.
func TestHelpUsesPackagedName(t *testing.T) {
	require.Equal(t, "lastpost", nameFromPath("/usr/bin/lastpost"))
	require.Equal(t, "skill", nameFromPath("/usr/local/bin/skill"))
	require.Equal(t, "skill", nameFromPath("/tmp/skill.test"))
	for _, args := range [][]string{{"archive", "--help"}, {"ask", "--help"}, {"completion", "bash"}, {"serve", "--bogus"}, {"version"}} {
		var out bytes.Buffer
		env := environment{name: "lastpost", stdout: &out, stderr: &out, getenv: os.LookupEnv}
		run(t.Context(), args, env)
		require.Contains(t, out.String(), "lastpost")
		require.NotRegexp(t, `\bskill (archive|ask|serve|check)|complete_skill|(?m)^skill: `, out.String(), args)
	}
}

// TestAdviceUsesPackagedName checks the commands in the program's advice. With the name "skill" they would run procps's skill,
// which sends signals to processes.
func TestAdviceUsesPackagedName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	feed := newFeedServer(t)
	file := filepath.Join(dir, "skill.yaml")
	writeFile(t, file, []byte("tls: {mode: off}\npublic_url: https://skill.example.com\ndata_dir: "+dir+"\nskills:\n"+
		"  - {name: halfelf, application_id: "+testSkillID+", invocation_name: half elf, feed: \""+feed.url+"\"}\n"))
	var out bytes.Buffer
	env := environment{name: "lastpost", stdout: &out, stderr: &out, getenv: os.LookupEnv, network: testNetwork()}
	require.Equal(t, exitOK, run(t.Context(), []string{"check", "--config", file}, env), out.String())
	require.Contains(t, out.String(), "; import others with: lastpost archive import FILE\n")
	command, _, _ := startDemo(t)
	env.network = doctor.Network{}
	require.Equal(t, exitFailure, run(t.Context(), []string{"check", "--config", file, "--url", command[2]}, env), "Alexa cannot reach it")
	require.Contains(t, out.String(), `; "lastpost demo" prints a key for this`)
	saved := filepath.Join(dir, "saved-feed.xml")
	writeFile(t, saved, simulator.SampleFeed())
	require.Equal(t, exitOK, run(t.Context(), []string{"archive", "import", "--config", file, saved}, env), out.String())
	require.Equal(t, exitFailure, run(t.Context(), []string{"archive", "forget", "--config", file, "nosuch"}, env))
	require.Contains(t, out.String(), `"lastpost archive list" shows the ids`)
	require.NotContains(t, out.String(), "skill archive")
}
