// What every page has: parts that reload themselves, and buttons that copy. The page says what; this only carries it out.
import htmx from "htmx.org";

// The content security policy forbids both, and htmx would try.
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
// A part comes from the hub itself or not at all.
htmx.config.selfRequestsOnly = true;

// A button that copies what stands in an element. Without scripts there is the text to be selected, and no button.
for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-copy]")) {
  button.hidden = navigator.clipboard === undefined;
  button.addEventListener("click", () => {
    const text = document.getElementById(button.dataset.copy ?? "")?.textContent ?? "";
    void navigator.clipboard.writeText(text).then(() => {
      button.textContent = button.dataset.copied ?? "";
    });
  });
}
