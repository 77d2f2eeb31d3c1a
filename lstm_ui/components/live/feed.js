// Passes each update on to the picture of the same name; a picture that comes later asks for the newest one.
export default function mount({ data, parentElement }) {
  const root = parentElement.querySelector(".feed");
  const tell = () => document.dispatchEvent(new CustomEvent("gatescope-live", { detail: root.gsData }));
  const answer = (event) => event.detail === root.gsData.chart && tell();
  root.gsData = JSON.parse(new TextDecoder().decode(data));
  document.addEventListener("gatescope-live-ready", answer);
  tell();
  return () => document.removeEventListener("gatescope-live-ready", answer);
}
