"""What the detectors of application logs share: signatures, which of them claims an error, and how a finding is made."""
