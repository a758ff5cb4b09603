// Passkeys: ask the node for a question, let the device answer, send the answer as the form's own field.

type Say = "cancelled" | "known" | "failed";

const able =
  typeof PublicKeyCredential !== "undefined" &&
  "parseCreationOptionsFromJSON" in PublicKeyCredential &&
  "parseRequestOptionsFromJSON" in PublicKeyCredential;

async function questionOf<T>(island: HTMLElement, form: HTMLFormElement): Promise<T> {
  const token = form.querySelector<HTMLInputElement>("[name=csrfmiddlewaretoken]")?.value ?? "";
  const answer = await fetch(island.dataset["question"] ?? "", {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": token },
    credentials: "same-origin",
  });
  if (!answer.ok) throw new Error(`the node answered ${answer.status}`);
  return (await answer.json()) as T;
}

async function answerTo(island: HTMLElement, form: HTMLFormElement): Promise<string> {
  if (island.dataset["passkey"] === "create") {
    const asked = await questionOf<PublicKeyCredentialCreationOptionsJSON>(island, form);
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked);
    return JSON.stringify(await navigator.credentials.create({ publicKey }));
  }
  const asked = await questionOf<PublicKeyCredentialRequestOptionsJSON>(island, form);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked);
  return JSON.stringify(await navigator.credentials.get({ publicKey }));
}

function reasonOf(error: unknown): Say {
  if (!(error instanceof DOMException)) return "failed";
  return error.name === "InvalidStateError" ? "known" : "cancelled";
}

function say(island: HTMLElement, what: Say | null): void {
  for (const line of island.querySelectorAll<HTMLElement>("[data-passkey-said]")) {
    line.hidden = line.dataset["passkeySaid"] !== what;
  }
}

function takeOver(island: HTMLElement): void {
  const form = island.querySelector("form");
  const field = form?.querySelector<HTMLInputElement>("[name=answer]");
  if (!form || !field) return;
  form.hidden = false;
  island.querySelector<HTMLElement>("[data-passkey-without]")?.setAttribute("hidden", "");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    say(island, null);
    answerTo(island, form)
      .then((answer) => {
        field.value = answer;
        form.submit();
      })
      .catch((error: unknown) => say(island, reasonOf(error)));
  });
}

if (able) for (const island of document.querySelectorAll<HTMLElement>("[data-passkey]")) takeOver(island);
