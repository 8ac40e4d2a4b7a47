package deployment

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/skillpkg"
	"lastpost/internal/smapi"
	"lastpost/internal/smapi/smapitest"
	"lastpost/internal/smapi/smapitest/rules"
)

func TestDeployCreatesAndEnablesASkill(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	result := f.deploy()
	skill := f.skill()
	require.Equal(t, Report{SkillID: skill.ID, Created: true, Imported: true, Enabled: true}, result)
	require.Equal(t, []string{skill.ID}, f.saved)
	require.True(t, skill.Enabled)
	require.Len(t, skill.Models, 2)
	st := f.readState(skill.ID)
	require.Equal(t, phaseDone, st.Phase)
	require.Equal(t, []string{"manifest", "model de-DE", "model en-US"}, documentNames(st.Remote))
	require.NotEmpty(t, st.Remote["model de-DE"].ETag)
	f.requireLine("  manifest: succeeded")
	f.requireLine("  model de-DE: succeeded")
	require.Equal(t, 1, countLines(f.lines, "  manifest: in progress"), "only changes are shown")
}

func countLines(lines []string, line string) (n int) {
	for _, found := range lines {
		if found == line {
			n++
		}
	}
	return n
}

func TestUnchangedPackageIsNotUploaded(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.deploy()
	uploads := f.count(http.MethodPost, "/uploads")
	f.amazon.DisableSkill(f.skill().ID)
	result := f.deploy()
	require.Equal(t, Report{SkillID: f.skill().ID, Enabled: true}, result)
	require.True(t, f.skill().Enabled, "the enablement is checked nevertheless")
	require.Equal(t, uploads, f.count(http.MethodPost, "/uploads"))

	f.spec.Force = true
	require.True(t, f.deploy().Imported, "--force imports it again")
}

func TestChangedPackageUpdatesTheSkill(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.deploy()
	f.spec.Files = packageFiles("Half Elf News", "en-US")
	require.Equal(t, Report{SkillID: f.skill().ID, Imported: true}, f.deploy())
	skill := f.skill()
	require.Contains(t, string(skill.Manifest), "Half Elf News")
	require.Len(t, skill.Models, 1, "the removed locale is removed at Amazon")
	require.Equal(t, []string{"manifest", "model en-US"}, documentNames(f.readState(skill.ID).Remote))
	require.False(t, f.deploy().Imported)
}

func TestIconsAreCompared(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.deploy()
	f.spec.Files[2].Content = []byte("another icon")
	f.spec.DryRun = true
	require.Equal(t, "icons: changed", f.deploy().Changes[0].String())
	f.spec.DryRun = false
	require.True(t, f.deploy().Imported)
}

// TestLostCreationIsTakenUp cuts the connection after Amazon has received the creation.
func TestLostCreationIsTakenUp(t *testing.T) {
	for _, kind := range []smapitest.FaultKind{smapitest.FaultLostAnswer, smapitest.FaultCutBody} {
		t.Run(string(kind), func(t *testing.T) {
			f := newFixture(t, smapitest.Options{})
			f.amazon.AddSkill(vendorID) // another skill is not adopted
			f.amazon.Fail(smapitest.Fault{Kind: kind, Method: http.MethodPost, Path: regexp.MustCompile("/imports$")})
			result := f.deploy()
			require.Len(t, f.amazon.Skills(), 2)
			require.Equal(t, f.amazon.Skills()[1].ID, result.SkillID)
			require.True(t, result.Created)
			require.Equal(t, []string{result.SkillID}, f.saved)
			require.Equal(t, phaseDone, f.readState(result.SkillID).Phase)
			require.Len(t, f.amazon.Skills()[1].Models, 2)
		})
	}
}

// TestCreationThatNeverArrivedIsRepeatedLater cuts the connection before Amazon receives the creation.
func TestCreationThatNeverArrivedIsRepeatedLater(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	start := f.clock.Now()
	f.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultCut, Method: http.MethodPost, Path: regexp.MustCompile("/imports$")})
	result := f.deploy()
	require.Equal(t, f.skill().ID, result.SkillID)
	require.GreaterOrEqual(t, f.clock.Now().Sub(start), 40*time.Minute, "a creation could have ended until then")
	f.requireLine("the result of the creation at 2026-12-01T08:00:0")
	f.requireLine("Amazon did not create a skill")
	require.Equal(t, 2, f.count(http.MethodPost, "/v1/skills/imports"))
}

func TestForceDoesNotWaitForALostCreation(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.spec.Force = true
	start := f.clock.Now()
	f.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultCut, Method: http.MethodPost, Path: regexp.MustCompile("/imports$")})
	f.deploy()
	f.skill()
	require.Less(t, f.clock.Now().Sub(start), 5*time.Minute)
}

func TestCreationTimeCountsFromTheCreation(t *testing.T) {
	for _, c := range []struct {
		claim     string
		ago, wait time.Duration
	}{
		{"a creation of an hour ago is not waited for", time.Hour, 0},
		{"a creation of half an hour ago is waited for ten minutes", 30 * time.Minute, 10 * time.Minute},
		{"a creation in the future, because the clock was set back, is waited for from now", -24 * time.Hour, 40 * time.Minute},
	} {
		t.Run(c.claim, func(t *testing.T) {
			f := newFixture(t, smapitest.Options{})
			start := f.clock.Now()
			f.storeState(endpointKey(endpoint), &state{Phase: phaseCreating, Own: true, VendorID: vendorID, Started: start.Add(-c.ago)})
			f.deploy()
			f.skill()
			require.GreaterOrEqual(t, f.clock.Now().Sub(start), c.wait)
			require.Less(t, f.clock.Now().Sub(start), c.wait+5*time.Minute)
		})
	}
}

func TestRefusedCreationIsNotSearched(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultStatus, Status: http.StatusBadRequest, Method: http.MethodPost,
		Path: regexp.MustCompile("/imports$")})
	start := f.clock.Now()
	_, err := f.run()
	require.Equal(t, http.StatusBadRequest, smapi.Status(err))
	require.Empty(t, f.saved)
	f.deploy()
	f.skill()
	require.Less(t, f.clock.Now().Sub(start), 5*time.Minute)
}

// TestSearchAdoptsOnlyTheOwnSkill has an unknown creation and different new skills at Amazon.
func TestSearchAdoptsOnlyTheOwnSkill(t *testing.T) {
	own := func(f *fixture) string { return f.amazon.AddSkill(vendorID, decode(packageFiles("Half Elf", "en-US"))) }
	other := func(f *fixture) string {
		return f.amazon.AddSkill(vendorID, decode(packageWith("Half Elf", endpoint+"-test", "other", "en-US")))
	}
	for _, c := range []struct {
		claim  string
		add    []func(*fixture) string
		before int // the number of skills that were there before the creation
		want   string
		skills int
	}{
		{"a new skill with the endpoint is adopted", []func(*fixture) string{own}, 0, "", 1},
		{"a skill of the same name with another endpoint is not", []func(*fixture) string{other}, 0, "", 2},
		{"a skill with the endpoint that was there before is not, and stops the creation", []func(*fixture) string{own}, 1,
			"already has a skill with the endpoint " + endpoint, 1},
		{"the operator chooses between two", []func(*fixture) string{own, own}, 0, "several new skills have the endpoint " + endpoint, 2},
	} {
		t.Run(c.claim, func(t *testing.T) {
			f := newFixture(t, smapitest.Options{})
			var ids []string
			for _, add := range c.add {
				ids = append(ids, add(f))
			}
			f.storeState(endpointKey(endpoint), &state{Phase: phaseCreating, Own: true, VendorID: vendorID, Started: f.clock.Now(), Before: ids[:c.before]})
			_, err := f.run()
			require.Equal(t, c.want != "", err != nil, "%v", err)
			if err != nil {
				require.ErrorContains(t, err, c.want)
				require.ErrorContains(t, err, ids[len(ids)-1])
			}
			require.Len(t, f.amazon.Skills(), c.skills)
		})
	}
}

// TestSkillOfAnotherUserIsNotCreatedAgain deploys as another user of the machine: the state of the first is elsewhere, and the id
// could not be written into the configuration.
func TestSkillOfAnotherUserIsNotCreatedAgain(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.amazon.AddSkill(vendorID) // a skill with another endpoint does not matter
	f.amazon.AddSkill(vendorID, map[string]any{"manifest": map[string]any{}})
	f.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultStatus, Status: http.StatusForbidden, Method: http.MethodGet,
		Path: regexp.MustCompile("/manifest$"), Times: 1}) // a skill that this client may not read
	created := f.deploy().SkillID
	f.requireLine("other skills: 2")
	f.spec.SkillID, f.spec.StateDir = "", filepath.Join(t.TempDir(), "deployments")
	for _, dry := range []bool{true, false} {
		f.spec.DryRun = dry
		_, err := f.run()
		require.ErrorContains(t, err, "already has a skill with the endpoint "+endpoint+": "+created)
		require.Len(t, f.amazon.Skills(), 3)
	}
	f.spec.SkillID, f.spec.Force = created, true
	require.Equal(t, created, f.deploy().SkillID)
	require.Len(t, f.amazon.Skills(), 3)
}

// decode returns the manifest of a package as the fake takes it.
func decode(files []skillpkg.File) (manifest map[string]any) {
	content := strings.ReplaceAll(string(files[len(files)-1].Content), "file://", "https://m.media-amazon.example/")
	if err := json.Unmarshal([]byte(content), &manifest); err != nil {
		panic(err)
	}
	return manifest
}

func TestInterruptedImportIsContinued(t *testing.T) {
	f := newFixture(t, smapitest.Options{ImportPolls: 400})
	f.spec.Timing.Import = time.Second
	_, err := f.run()
	require.ErrorIs(t, err, ErrTimeout)
	require.ErrorContains(t, err, "Run the command again")
	f.spec.Timing.Import = 0
	for range 40 { // each run of the old limit asks Amazon about 60 times
		if _, err = f.run(); err == nil {
			break
		}
	}
	require.NoError(t, err)
	f.skill()
	require.Equal(t, 1, f.count(http.MethodPost, "/v1/skills/imports"))
	require.Equal(t, 0, f.count(http.MethodPost, f.skill().ID+"/imports"))
}

// TestLongWaitsAreReported has an import and a manifest that take minutes without a change of any part.
func TestLongWaitsAreReported(t *testing.T) {
	f := newFixture(t, smapitest.Options{ImportPolls: 60})
	f.deploy()
	f.requireLine("still waiting for Amazon, for 1m")
	f.requireLine("still waiting for Amazon, for 8m")
	require.Less(t, len(f.lines), 60)

	f = newFixture(t, smapitest.Options{RedirectManifest: true})
	f.spec.SkillID = f.amazon.AddSkill(vendorID)
	_, err := f.run()
	require.ErrorContains(t, err, "the manifest is not ready")
	f.requireLine("still waiting for Amazon, for 39m")
}

// TestIDIsStoredFirst looks at the files at the moment when the id is stored in the configuration.
func TestIDIsStoredFirst(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	save := f.spec.SaveID
	f.spec.SaveID = func(id string) error {
		st, err := store{f.spec.StateDir, ""}.read(skillKey(id))
		require.NoError(t, err)
		require.Nil(t, st)
		st, err = store{f.spec.StateDir, ""}.read(endpointKey(endpoint))
		require.NoError(t, err)
		require.Equal(t, phaseImporting, st.Phase)
		require.NotEmpty(t, st.ImportID, "the import can be taken up")
		return save(id)
	}
	f.deploy()
}

func TestIDThatCannotBeStoredIsNotLost(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	refused := errors.New("the file is read-only")
	f.spec.SaveID = func(id string) error {
		f.saved = append(f.saved, id)
		return refused
	}
	first := f.deploy()
	require.ErrorIs(t, first.SaveError, refused)
	require.Equal(t, f.skill().ID, first.SkillID)
	f.spec.Files = packageFiles("Half Elf News", "en-US")
	second := f.deploy()
	require.Equal(t, first.SkillID, second.SkillID)
	require.ErrorIs(t, second.SaveError, refused)
	require.Equal(t, []string{first.SkillID, first.SkillID}, f.saved, "each run reports the id")
	require.Contains(t, string(f.skill().Manifest), "Half Elf News")
}

func TestSkillThatMovedDoesNotBindItsOldEndpoint(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	first := f.deploy().SkillID
	f.spec.Endpoint = "https://new.example.com/alexa"
	f.spec.Files = packageWith("Half Elf", f.spec.Endpoint, "from a friend", "en-US")
	f.deploy()
	f.skill()

	f.spec.SkillID, f.spec.Endpoint, f.spec.Files = "", endpoint, packageFiles("Second", "en-US")
	second := f.deploy()
	require.True(t, second.Created)
	require.NotEqual(t, first, second.SkillID)
	require.Len(t, f.amazon.Skills(), 2)
}

func TestFailedImportShowsEachProblem(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.deploy()
	f.spec.Files = packageFiles("Half Elf News", "en-US", "de-DE")
	f.amazon.FailImport(smapitest.ImportFailure{Resource: "InteractionModel.de-DE", Errors: []rules.Violation{
		{Code: "InvalidIntentSample", Message: "Sample utterance is wrong."}, {Message: "Another problem."}}})
	_, err := f.run()
	failed, ok := errors.AsType[*ImportError](err)
	require.True(t, ok, "%v", err)
	require.NotEmpty(t, failed.ImportID)
	require.ErrorContains(t, err, "model de-DE: InvalidIntentSample: Sample utterance is wrong.")
	require.ErrorContains(t, err, "model de-DE: Another problem.")
	f.requireLine("  model de-DE: failed")
	f.requireLine("  manifest: rollback in progress")
	require.NotContains(t, string(f.skill().Manifest), "News", "Amazon has rolled it back")
	require.Equal(t, phaseFailed, f.readState(f.skill().ID).Phase)

	require.True(t, f.deploy().Imported, "the next run imports again, without --force")
	require.Contains(t, string(f.skill().Manifest), "News")
}

func TestWarningsAreShown(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.amazon.FailImport(smapitest.ImportFailure{Resource: "Manifest", Warnings: []rules.Violation{{Message: "A keyword is unusual."}}})
	f.deploy()
	f.requireLine("warning: manifest: A keyword is unusual.")
}

// TestFailedCreation has a first package that Amazon refuses, and then a corrected one.
func TestFailedCreation(t *testing.T) {
	for _, c := range []struct {
		claim, resource string
		leave           bool
	}{
		{"at the manifest, without a skill", "Manifest", false},
		{"at the manifest, with a skill that is left", "Manifest", true},
		{"at a model, after the id was stored, and the skill is removed", "InteractionModel.en-US", false},
		{"at a model, after the id was stored, and the skill is left", "InteractionModel.en-US", true},
	} {
		t.Run(c.claim, func(t *testing.T) {
			f := newFixture(t, smapitest.Options{LeaveFailedSkill: c.leave})
			f.amazon.FailImport(smapitest.ImportFailure{Resource: c.resource, Errors: []rules.Violation{{Message: "It is wrong."}}})
			_, err := f.run()
			require.ErrorContains(t, err, "It is wrong.")
			result := f.deploy()
			require.Equal(t, f.skill().ID, result.SkillID)
			require.Equal(t, result.SkillID, f.spec.SkillID, "the configuration has the id of the skill that exists")
			require.False(t, f.deploy().Imported)
		})
	}
}

// TestKilledCreationThatFailed is the run after a run that was killed in an import, and the import failed.
func TestKilledCreationThatFailed(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.amazon.FailImport(smapitest.ImportFailure{Resource: "Manifest", Errors: []rules.Violation{{Message: "It is wrong."}}})
	f.spec.Timing.Import = time.Nanosecond
	_, err := f.run()
	require.ErrorIs(t, err, ErrTimeout)
	f.spec.Timing.Import = 0
	f.spec.Files = packageFiles("Corrected", "en-US")
	f.deploy()
	f.requireLine("The package has changed since then")
	require.Contains(t, string(f.skill().Manifest), "Corrected")
}

func TestForgottenImportOfAKilledCreation(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	id := f.amazon.AddSkill(vendorID, decode(packageFiles("Half Elf", "en-US")))
	f.storeState(endpointKey(endpoint), &state{Phase: phaseImporting, ImportID: "forgotten", Own: true, VendorID: vendorID, Started: f.clock.Now()})
	require.Equal(t, id, f.deploy().SkillID)
	f.skill()
}

func TestImportOfAnotherSkillIsRefused(t *testing.T) {
	f := newFixture(t, smapitest.Options{ImportPolls: 40})
	f.spec.Timing.Import = time.Nanosecond
	_, err := f.run()
	require.ErrorIs(t, err, ErrTimeout)
	f.spec.Timing.Import = 0
	f.spec.SkillID = f.amazon.AddSkill(vendorID)
	_, err = f.run()
	require.ErrorContains(t, err, "an earlier run created the skill "+f.amazon.Skills()[1].ID)
	require.ErrorContains(t, err, f.spec.StateDir)
}

func TestVendorIsChosen(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.amazon.AddVendor("M3SECOND", "Company", "ROLE_DEVELOPER")
	_, err := f.run()
	require.ErrorContains(t, err, "--vendor:\n  "+vendorID+"  Operator\n  M3SECOND  Company")
	f.spec.ChooseVendor = func(vendors []smapi.Vendor) (smapi.Vendor, error) { return vendors[1], nil }
	f.deploy()
	require.Equal(t, "M3SECOND", f.skill().VendorID)
}

func TestGivenVendorIsUsed(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.amazon.AddVendor("M3SECOND", "Company")
	f.spec.VendorID = "M3SECOND"
	f.deploy()
	require.Equal(t, "M3SECOND", f.skill().VendorID)
}

func TestUnknownSkillNamesTheRemedy(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.spec.SkillID = "amzn1.ask.skill.11111111-2222-3333-4444-555555555555"
	_, err := f.run()
	require.ErrorContains(t, err, "this Amazon account does not have the skill "+f.spec.SkillID)
	require.ErrorContains(t, err, "zeros")
	require.Empty(t, f.amazon.Skills())
}

// TestDeletedSkillIsMadeAgainOnlyOnRequest has a configuration with zeros and a skill that the operator deleted.
func TestDeletedSkillIsMadeAgainOnlyOnRequest(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	old := f.deploy().SkillID
	deleteSkill(t, f, old)
	f.spec.SkillID = ""
	_, err := f.run()
	require.ErrorContains(t, err, old)
	require.Empty(t, f.amazon.Skills())
	f.spec.SkillID, f.spec.Force = "", true
	result := f.deploy()
	require.Equal(t, f.skill().ID, result.SkillID)
	require.Equal(t, f.skill().ID, f.spec.SkillID)
	require.NotEqual(t, old, result.SkillID)
}

func deleteSkill(t *testing.T, f *fixture, id string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, f.amazon.URL+"/v1/skills/"+id, nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", f.amazon.AccessToken())
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusNoContent, response.StatusCode)
}

func TestEnablementShowsTheViolations(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.spec.Files = packageFiles("Half Elf", "en-US")
	last := len(f.spec.Files) - 1
	f.spec.Files[last].Content = []byte(strings.ReplaceAll(string(f.spec.Files[last].Content), `"sslCertificateType": "Trusted",`, ""))
	_, err := f.run()
	require.Equal(t, http.StatusForbidden, smapi.Status(err), "%v", err)
	require.ErrorContains(t, err, "not ready for enablement")
	require.Equal(t, phaseDone, f.readState(f.skill().ID).Phase, "the import is done")
}

func TestEnablementWaitsForOtherChanges(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	f.amazon.Fail(smapitest.Fault{Kind: smapitest.FaultStatus, Status: http.StatusConflict, Method: http.MethodPut,
		Path: regexp.MustCompile("/enablement$"), Times: 3})
	require.True(t, f.deploy().Enabled)
	require.True(t, f.skill().Enabled)
	f.requireLine("Amazon is changing the skill: waiting")
}

// leftSkill returns the id of a skill without a manifest. A failed creation for another endpoint left it.
func leftSkill(t *testing.T, f *fixture) string {
	t.Helper()
	other := f.spec
	other.Endpoint, other.StateDir, other.SaveID = endpoint+"-other", t.TempDir(), nil
	f.amazon.FailImport(smapitest.ImportFailure{Resource: "Manifest", Errors: []rules.Violation{{Message: "It is wrong."}}})
	_, err := Run(t.Context(), f.client, other)
	require.Error(t, err)
	return f.skill().ID
}

func TestSkillWithoutManifestIsAQuestion(t *testing.T) {
	f := newFixture(t, smapitest.Options{LeaveFailedSkill: true})
	left := leftSkill(t, f)
	f.storeState(endpointKey(endpoint), &state{Phase: phaseCreating, Own: true, VendorID: vendorID, Started: f.clock.Now()})
	_, err := f.run()
	require.ErrorContains(t, err, left)
	require.ErrorContains(t, err, "--force")
	f.skill()
	f.spec.Force = true
	require.NotEqual(t, left, f.deploy().SkillID)
}

// TestChosenIDEndsTheSearch has a creation with an unknown result, and an id that the operator has written meanwhile.
func TestChosenIDEndsTheSearch(t *testing.T) {
	for _, c := range []struct {
		claim   string
		choose  func(f *fixture) string
		before  int // 1: the skill was there before the creation
		want    string
		created bool
	}{
		{"one of two new skills with the endpoint is this command's own", func(f *fixture) string {
			f.amazon.AddSkill(vendorID, decode(packageFiles("Half Elf", "en-US")))
			return f.amazon.AddSkill(vendorID, decode(packageFiles("Half Elf", "en-US")))
		}, 0, "", true},
		{"a skill that was there before is not", func(f *fixture) string {
			return f.amazon.AddSkill(vendorID, decode(packageFiles("Half Elf", "en-US")))
		}, 1, "this command has not deployed it before", false},
		{"a new skill with another endpoint is not", func(f *fixture) string { return f.amazon.AddSkill(vendorID) }, 0,
			"this command has not deployed it before", false},
		{"an unknown skill is refused", func(*fixture) string { return "amzn1.ask.skill.11111111-2222-3333-4444-555555555555" }, 0,
			"does not have the skill amzn1.ask.skill.1111", false},
	} {
		t.Run(c.claim, func(t *testing.T) {
			f := newFixture(t, smapitest.Options{})
			f.spec.SkillID = c.choose(f)
			before := []string{f.spec.SkillID}[:c.before]
			f.storeState(endpointKey(endpoint), &state{Phase: phaseCreating, Own: true, VendorID: vendorID, Started: f.clock.Now(), Before: before})
			skills, id := len(f.amazon.Skills()), f.spec.SkillID
			result, err := f.run()
			require.Len(t, f.amazon.Skills(), skills)
			require.Equal(t, c.want == "", err == nil, "%v", err)
			require.Contains(t, fmt.Sprint(err), c.want)
			require.Equal(t, c.created, result.Created)
			require.Equal(t, id, f.spec.SkillID)
		})
	}
}

// TestNoOutputHasASecret collects all outputs and files of runs that succeed, fail and are repeated.
func TestNoOutputHasASecret(t *testing.T) {
	f := newFixture(t, smapitest.Options{})
	var outputs strings.Builder
	f.spec.Progress = func(line string) { outputs.WriteString(line + "\n") }
	f.spec.AccountLinking = []byte(linkingRequest)
	run := func() {
		result, err := f.run()
		_, _ = fmt.Fprintf(&outputs, "%+v %v\n", result, err)
	}
	for _, fault := range []smapitest.Fault{
		{Kind: smapitest.FaultStatus, Status: http.StatusBadRequest, Path: regexp.MustCompile("/imports$")},
		{Kind: smapitest.FaultLostAnswer, Path: regexp.MustCompile("/imports$")},
		{Kind: smapitest.FaultCut, Part: smapitest.PartUpload, Times: 20},
		{Kind: smapitest.FaultHTML, Path: regexp.MustCompile("/uploads$"), Times: 20},
		{Kind: smapitest.FaultStatus, Status: http.StatusForbidden, Path: regexp.MustCompile("/accountLinkingClient$"), Times: 20},
	} {
		f.spec.Files = packageFiles("Half Elf "+string(fault.Kind)+fmt.Sprint(fault.Status), "en-US")
		f.amazon.Fail(fault)
		run()
		run()
	}
	for _, content := range readFolder(t, f.spec.StateDir) {
		outputs.WriteString(content)
	}
	require.Greater(t, outputs.Len(), 2000)
	require.Greater(t, len(f.amazon.Secrets()), 5)
	for _, secret := range append(f.amazon.Secrets(), "SECRET-OF-THE-CLIENT", "X-Amz-Signature") {
		require.NotContains(t, outputs.String(), secret)
	}
}
