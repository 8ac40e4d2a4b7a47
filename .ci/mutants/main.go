// Command mutants changes the conditions of packages one at a time and expects their tests to fail. It forces each
// operand of each condition to true and to false, and adds or removes the equal case of each comparison. It prints the
// mutants that survive, and exits with status 1 if there are any.
//
//	go run ./.ci/mutants ./internal/verify
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// A mutant is one change of one file.
type mutant struct {
	file       string // path
	line       int
	from, to   string // the expression before and after
	start, end int    // its bytes
}

func (m mutant) String() string {
	return fmt.Sprintf("%s:%d: %s  ->  %s", m.file, m.line, m.from, m.to)
}

// equivalent lists the mutants that behave like the original, so that no test can fail, with the reason. An entry that
// matches no mutant is an error, so that the list stays current.
var equivalent = map[string]string{
	"store.go: ((ok) && false)":                   "memory is checked twice, before and in the singleflight call: the first is faster,",
	"store.go: ((c.isValidAt(v.now())) && false)": "the second saves a fetch if another call has just ended,",
	"store.go: ((c.isValidAt(now)) && false)":     "and each check alone gives the same result",
	"store.go: ((old.successor != nil) && false)": "it matters only if a renewal ends within microseconds of the request",
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: mutants PACKAGE-FOLDER...")
		os.Exit(2)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dirs []string) error {
	var mutants []mutant
	for _, dir := range dirs {
		mutants = append(mutants, findMutants(dir)...)
	}
	mutants, err := removeEquivalent(mutants)
	if err != nil {
		return err
	}
	survived := testMutants(mutants)
	fmt.Printf("%d mutants, %d survived\n", len(mutants), len(survived))
	if len(mutants) == 0 || len(survived) > 0 {
		return errors.New(strings.Join(append([]string{"survived:"}, survived...), "\n  "))
	}
	return nil
}

// maxParallel is the number of mutants tested at a time. Their tests mostly wait for timeouts of a certificate server.
const maxParallel = 4

// testMutants runs each package's tests against each mutant and returns the mutants that survive.
func testMutants(mutants []mutant) (survived []string) {
	var mu sync.Mutex
	var wait sync.WaitGroup
	free := make(chan struct{}, maxParallel)
	for _, m := range mutants {
		free <- struct{}{}
		wait.Go(func() {
			defer func() { <-free }()
			verdict := "killed"
			if passesTests(m) {
				verdict = "SURVIVED"
			}
			mu.Lock()
			defer mu.Unlock()
			if verdict != "killed" {
				survived = append(survived, m.String())
			}
			fmt.Printf("%-8s %s\n", verdict, m)
		})
	}
	wait.Wait()
	return survived
}

// passesTests builds the package's tests with the changed file in place of the original. It runs them in a copy of the
// package's folder, because a mutant may write to a wrong path. A mutant that does not compile counts as passed: no test
// has detected it.
func passesTests(m mutant) bool {
	dir := filepath.Dir(m.file)
	work, err := os.MkdirTemp("", "mutant")
	panicOnError(err)
	defer func() { panicOnError(os.RemoveAll(work)) }()
	source, err := os.ReadFile(m.file)
	panicOnError(err)
	changed := string(source[:m.start]) + m.to + string(source[m.end:])
	panicOnError(os.WriteFile(filepath.Join(work, "mutant.go"), []byte(changed), 0o600))
	absolute, err := filepath.Abs(m.file)
	panicOnError(err)
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{absolute: filepath.Join(work, "mutant.go")}})
	panicOnError(err)
	panicOnError(os.WriteFile(filepath.Join(work, "overlay.json"), overlay, 0o600))
	binary, folder := filepath.Join(work, "mutant.test"), filepath.Join(work, "repository", dir)
	build := exec.Command("go", "test", "-c", "-overlay="+filepath.Join(work, "overlay.json"), "-o", binary, "./"+dir)
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Printf("does not compile: %s\n%s", m, out)
		return true
	}
	panicOnError(os.CopyFS(folder, os.DirFS(dir)))
	shared, err := filepath.Abs(filepath.Join("..", "shared")) // tests read data recorded from Amazon there
	panicOnError(err)
	panicOnError(os.Symlink(shared, filepath.Join(work, "shared")))
	run := exec.Command(binary, "-test.failfast", "-test.timeout=60s")
	run.Dir = folder
	return run.Run() == nil
}

// findMutants returns the mutants of a package's non-test files.
func findMutants(dir string) (mutants []mutant) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	panicOnError(err)
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			mutants = append(mutants, mutantsInFile(file)...)
		}
	}
	return mutants
}

// removeEquivalent returns mutants without those listed in equivalent.
func removeEquivalent(mutants []mutant) (kept []mutant, err error) {
	used := map[string]bool{}
	for _, m := range mutants {
		key := filepath.Base(m.file) + ": " + m.to
		if _, excused := equivalent[key]; excused {
			used[key] = true
			continue
		}
		kept = append(kept, m)
	}
	if len(used) != len(equivalent) {
		return nil, fmt.Errorf("only %d of the %d excused mutants exist", len(used), len(equivalent))
	}
	return kept, nil
}

func mutantsInFile(file string) (mutants []mutant) {
	source, err := os.ReadFile(file)
	panicOnError(err)
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file, source, 0)
	panicOnError(err)
	add := func(e ast.Expr, to string) {
		start, end := files.Position(e.Pos()), files.Position(e.End())
		m := mutant{file: file, line: start.Line, start: start.Offset, end: end.Offset, from: string(source[start.Offset:end.Offset])}
		m.to = strings.ReplaceAll(to, "$", m.from)
		mutants = append(mutants, m)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		for _, condition := range branchConditions(n) {
			addMutants(condition, add)
		}
		return true
	})
	return mutants
}

// branchConditions returns the boolean expressions that decide the branch or the result of a statement.
func branchConditions(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.IfStmt:
		return []ast.Expr{n.Cond}
	case *ast.SwitchStmt:
		var cases []ast.Expr
		for _, clause := range n.Body.List {
			if n.Tag == nil {
				cases = append(cases, clause.(*ast.CaseClause).List...)
			}
		}
		return cases
	case *ast.ReturnStmt:
		if len(n.Results) == 1 && isBoolean(n.Results[0]) {
			return n.Results
		}
	}
	return nil
}

func isBoolean(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return e.Op.Precedence() <= token.LSS.Precedence()
	case *ast.UnaryExpr:
		return e.Op == token.NOT
	}
	return false
}

// addMutants adds mutants of each operand of a condition. The original stays in the text, so that the compiler does not
// report unused names.
func addMutants(e ast.Expr, add func(ast.Expr, string)) {
	binary, ok := e.(*ast.BinaryExpr)
	if ok && (binary.Op == token.LAND || binary.Op == token.LOR) {
		addMutants(binary.X, add)
		addMutants(binary.Y, add)
		return
	}
	add(e, "(($) || true)")
	add(e, "(($) && false)")
	if edge := map[token.Token]string{token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">"}; ok && edge[binary.Op] != "" {
		add(e, "("+exprText(binary.X)+edge[binary.Op]+exprText(binary.Y)+")")
	}
}

// exprText returns the source of a simple expression.
func exprText(e ast.Expr) string {
	var b strings.Builder
	panicOnError(printer.Fprint(&b, token.NewFileSet(), e))
	return b.String()
}

func panicOnError(err error) {
	if err != nil {
		panic(err)
	}
}
