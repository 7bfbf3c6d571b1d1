package testkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Page is a page in a real Chromium at the size of a small phone.
type Page struct {
	t   *testing.T
	ctx context.Context // of the tab, which lives as long as the test
}

// OpenPage opens an address in a private Chromium, 360 by 640. A console error or a breach of the page's own
// content policy fails the test.
func OpenPage(t *testing.T, address string) *Page {
	t.Helper()
	var binary string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			binary = path
			break
		}
	}
	if binary == "" {
		missing(t, "chromium", errors.New("it is not in the path"))
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(binary), chromedp.NoSandbox,
		chromedp.Flag("lang", "vi"), chromedp.Flag("accept-lang", "vi"), chromedp.Flag("disable-dev-shm-usage", true))
	allocator, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	ctx, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(func() { closeTab(); stop() })
	p := &Page{t: t, ctx: ctx}
	p.must(chromedp.Do(ctx, chromedp.EmulateViewport(360, 640, chromedp.EmulateScale(2), chromedp.EmulateMobile)))
	p.must(chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("the page threw %s", e.ExceptionDetails.Text)
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError && !strings.Contains(e.Entry.Text, "ERR_CONNECTION_REFUSED") && !strings.Contains(e.Entry.Text, "ERR_INCOMPLETE") {
				t.Errorf("the console says %s", e.Entry.Text)
			}
		}
	}))
	p.Go(address)
	return p
}

func (p *Page) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// Go opens another address in the same tab, with its cookies.
func (p *Page) Go(address string) {
	p.t.Helper()
	p.must(chromedp.Do(p.ctx, chromedp.Navigate(address)))
}

// Eval runs a script and returns what it gives as text.
func (p *Page) Eval(script string) string {
	p.t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[string]("String("+script+")"))
	p.must(err)
	return v
}

// Await waits until a script gives true.
func (p *Page) Await(what, script string) {
	p.t.Helper()
	deadline := time.Now().Add(time.Minute)
	for p.Eval(script) != "true" {
		if time.Now().After(deadline) {
			p.Picture("failed.png")
			p.t.Fatalf("waited in vain for %s; the page says:\n%s", what, p.Eval("document.body.innerText"))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// AwaitText waits until the last line of ours has the words.
func (p *Page) AwaitText(words string) {
	p.t.Helper()
	p.Await(words, fmt.Sprintf("[...document.querySelectorAll('.ours')].some(e => e.innerText.includes(%q)) && !document.querySelector('.unsent')", words))
}

// Type types a message and sends it by the button.
func (p *Page) Type(words string) {
	p.t.Helper()
	p.must(chromedp.Do(p.ctx, chromedp.SendKeys("#text", words), chromedp.Click("#send")))
}

// Press clicks the newest button with a label.
func (p *Page) Press(label string) {
	p.t.Helper()
	find := fmt.Sprintf("[...document.querySelectorAll('.buttons button')].filter(e => e.textContent === %q).pop()", label)
	p.Await("button "+label, "!!"+find)
	p.Eval("(" + find + ".click(), 'ok')")
}

// Attach chooses files in a file input.
func (p *Page) Attach(selector string, files ...string) {
	p.t.Helper()
	p.must(chromedp.Do(p.ctx, chromedp.SetUploadFiles(selector, files)))
}

// Picture writes a picture of what is seen to $SANGKIEN_TEST_PICTURES, or to nowhere when that is not set.
func (p *Page) Picture(name string) {
	p.t.Helper()
	dir := os.Getenv("SANGKIEN_TEST_PICTURES")
	data, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if len(data) == 0 {
		err = errors.Join(err, errors.New("an empty picture"))
	}
	p.must(err)
	if dir != "" {
		p.must(os.WriteFile(dir+"/"+name, data, 0o600))
	}
}
