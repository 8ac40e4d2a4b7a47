package deployment

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/durable"
	"lastpost/internal/smapi"
	"lastpost/internal/smapi/smapitest"
)

// childVariable has the childSpec of a process that only runs a deployment.
const childVariable = "DEPLOYMENT_TEST_CHILD"

// A childSpec tells a child process what to deploy.
type childSpec struct {
	URL, Token, Dir string
	Endpoint, Title string
}

// configuration is the file that stands for the configuration of the skill. It contains the id.
func (c childSpec) configuration() string { return filepath.Join(c.Dir, "application_id") }

func (c childSpec) stateDir() string { return filepath.Join(c.Dir, "deployments") }

// id returns the id in the configuration, "" if there is none.
func (c childSpec) id() (string, error) {
	content, err := os.ReadFile(c.configuration())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return string(content), err
}

// The time limits of a child, in real time. A normal import may take long on a busy machine. The search for the skill of a
// creation that never arrived is short, because the parent lets the import at Amazon end before it starts the next child.
const (
	childImport = 2 * time.Minute
	childSearch = 2 * time.Second
)

// childBegins is what a child prints when its process has started and its run begins.
const childBegins = "begins"

func TestMain(m *testing.M) {
	if raw := os.Getenv(childVariable); raw != "" {
		os.Exit(childMain(raw))
	}
	os.Exit(m.Run())
}

// childMain runs one deployment. After a failure it prints the time of each step.
func childMain(raw string) int {
	start := time.Now()
	var steps []string
	progress := func(line string) {
		steps = append(steps, fmt.Sprintf("%6d ms  %s", time.Since(start).Milliseconds(), line))
	}
	if err := childRun(raw, progress); err != nil {
		progress(err.Error())
		_, _ = fmt.Fprintln(os.Stderr, strings.Join(steps, "\n"))
		return 1
	}
	return 0
}

func childRun(raw string, progress func(string)) error {
	var c childSpec
	if err := json.Unmarshal([]byte(raw), &c); err != nil {
		return err
	}
	short := func(ctx context.Context, d time.Duration) error { return pause(ctx, d/200) }
	client, err := smapi.New(smapi.Options{BaseURL: c.URL, Tokens: fixedToken(c.Token), Pause: short})
	if err != nil {
		return err
	}
	id, err := c.id()
	if err != nil {
		return err
	}
	_, _ = fmt.Println(childBegins)
	result, err := Run(context.Background(), client, Job{
		Name: "half elf", SkillID: id, Files: packageWith(c.Title, c.Endpoint, "from a friend", "en-US", "de-DE"), Endpoint: c.Endpoint,
		StateDir: c.stateDir(), Progress: progress,
		SaveID: func(id string) error { return durable.Replace(c.configuration(), []byte(id), 0o600) },
		Timing: TimeLimits{Import: childImport, Search: childSearch, Pause: short},
	})
	return errors.Join(err, result.SaveError)
}

// run runs the child, and calls begun when its process has started. It returns the time from then to the end, and whether the
// child was killed.
func (c childSpec) run(t *testing.T, begun func(*os.Process)) (time.Duration, bool) {
	t.Helper()
	program, err := os.Executable()
	require.NoError(t, err)
	raw, err := json.Marshal(c)
	require.NoError(t, err)
	var steps bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program)
	// A program with the race detector waits for a second before it ends, and most kills would hit that time.
	cmd.Env, cmd.Stderr = append(os.Environ(), childVariable+"="+string(raw), "GORACE=atexit_sleep_ms=0"), &steps
	output, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, _ := bufio.NewReader(output).ReadString('\n') // a child that fails before prints why
	started := time.Now()
	begun(cmd.Process)
	err = cmd.Wait()
	if _, failed := errors.AsType[*exec.ExitError](err); failed && cmd.ProcessState.ExitCode() == -1 {
		return 0, true
	}
	require.NoError(t, err, "the steps of the run:\n%s", &steps)
	require.Equal(t, childBegins+"\n", line)
	return time.Since(started), false
}

// runToEnd runs the child to its end. It must succeed.
func (c childSpec) runToEnd(t *testing.T) time.Duration {
	t.Helper()
	took, killed := c.run(t, func(*os.Process) {})
	require.False(t, killed)
	return took
}

// runFor runs the child and kills it after some time. It reports whether the child was killed before it had ended.
func (c childSpec) runFor(t *testing.T, d time.Duration) (killed bool) {
	t.Helper()
	var timer *time.Timer
	_, killed = c.run(t, func(p *os.Process) {
		timer = time.AfterFunc(d, func() { _ = p.Kill() }) // it has perhaps ended
	})
	timer.Stop()
	return killed
}

// phase returns the phase of the newest state of the skill, "" if there is none.
func (c childSpec) phase(t *testing.T) phase {
	t.Helper()
	id, err := c.id()
	require.NoError(t, err)
	st, err := store{dir: c.stateDir()}.find(id, c.Endpoint)
	require.NoError(t, err, "a killed run leaves a readable file")
	if st == nil {
		return ""
	}
	return st.Phase
}

// TestHundredKills kills runs that create and update skills, at random moments. Each skill is then deployed to the end. There
// must be exactly one skill for each endpoint, and its id must be in the configuration.
func TestHundredKills(t *testing.T) {
	requireE2E(t)
	const kills = 100
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed: %d", seed)
	k := killer{random: rand.New(rand.NewPCG(seed, 0)), amazon: smapitest.NewWith(t, smapitest.Options{ImportPolls: 8}), phases: map[phase]int{}}
	k.amazon.AddVendor(vendorID, "Operator")
	k.amazon.NewProfile()
	k.token = k.amazon.AccessToken()
	k.stretchImports()

	for round := 0; k.killed < kills; round++ {
		c := childSpec{URL: k.amazon.URL, Token: k.token, Dir: t.TempDir(), Endpoint: fmt.Sprintf("https://example.com/skill/%d", round)}
		for _, c.Title = range []string{"First title", "Second title"} {
			if round == 0 { // the time of a run without a kill
				k.whole = max(k.whole, c.runToEnd(t))
			}
			for round > 0 && k.killed < kills && k.killOne(t, c) {
				k.killed++
			}
			k.settle(t, c)
			c.runToEnd(t)
			k.requireOneSkill(t, c, round+1)
		}
	}
	t.Logf("a whole run: %v, skills: %d, kills: %v", k.whole, len(k.amazon.Skills()), k.phases)
	require.Greater(t, k.phases[phaseCreating]+k.phases[phaseImporting]+k.phases[phaseUpdating], kills/10, "the kills hit the work at Amazon")
}

// A killer chooses the moments.
type killer struct {
	random *rand.Rand
	amazon *smapitest.Amazon
	token  string
	whole  time.Duration // of a run
	killed int
	phases map[phase]int // the number of kills by the phase of the state
}

// importDelay is how long the fake works on a call that starts an import.
const importDelay = 40 * time.Millisecond

// stretchImports makes the calls that start imports slow, so that many kills hit the time when only Amazon knows the import. In
// some calls Amazon acts first, in the others at the end. It also acts if the client has been killed meanwhile.
func (k *killer) stretchImports() {
	path := regexp.MustCompile("/imports$")
	k.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultHold, Method: http.MethodPost, Path: path, Delay: importDelay, Times: 50})
	k.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultDelay, Method: http.MethodPost, Path: path, Delay: importDelay, Times: -1})
}

// killOne runs the child and kills it at any time of a run. It reports whether the child was killed. The time of a run depends
// on the other work of the machine, so it is corrected: it is too long if the child has ended, and perhaps too short if it was
// killed before it stored anything. After a kill in a creation, the run searches for the skill first.
func (k *killer) killOne(t *testing.T, c childSpec) bool {
	t.Helper()
	longest, before := k.whole, c.phase(t)
	if k.settle(t, c) {
		longest += childSearch
	}
	if !c.runFor(t, time.Duration(k.random.Int64N(int64(longest)))) {
		k.whole = max(k.whole*9/10, 20*time.Millisecond)
		return false
	}
	after := c.phase(t)
	k.phases[after]++
	if after == before {
		k.whole = min(k.whole*11/10, 10*time.Second)
	}
	return true
}

// settle ends the imports at the fake if the last run was killed in a creation, because they also end in the time of a real
// search. It reports whether there was such a run.
func (k *killer) settle(t *testing.T, c childSpec) bool {
	t.Helper()
	if c.phase(t) != phaseCreating {
		return false
	}
	time.Sleep(3 * importDelay)
	for range 12 {
		k.askAmazon(t)
	}
	return true
}

// askAmazon moves each import at the fake by one step. The fake has accepted all earlier connections when it answers.
func (k *killer) askAmazon(t *testing.T) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, k.amazon.URL+"/v1/vendors", nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", k.token)
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
}

// requireOneSkill checks the result of a run that has ended.
func (k *killer) requireOneSkill(t *testing.T, c childSpec, skills int) {
	t.Helper()
	all := k.amazon.Skills()
	require.Equal(t, skills, len(all), "one skill for each endpoint; kills by phase: %v", k.phases) // Len would print all skills
	skill := all[skills-1]
	require.Contains(t, string(skill.Manifest), c.Endpoint)
	require.Contains(t, string(skill.Manifest), c.Title)
	require.Equal(t, []string{"de-DE", "en-US"}, slices.Sorted(maps.Keys(skill.Models)))
	require.True(t, skill.Enabled)
	id, err := c.id()
	require.NoError(t, err)
	require.Equal(t, skill.ID, id, "the id is in the configuration")
	require.Equal(t, phaseDone, c.phase(t))
}
